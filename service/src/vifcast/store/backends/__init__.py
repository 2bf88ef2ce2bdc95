"""What differs between SQLite, MariaDB and PostgreSQL."""
