"""Alembic migrations of the store; run by ``upgrade``."""
