"""Alembic migrations of the store; run by ``vifcast.store.version``."""
