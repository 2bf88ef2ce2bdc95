"""The SQL of each table."""
