"""``Database``: what the database itself is, for whoever looks after it."""

from dataclasses import dataclass

from vifcast.store.backends import schema_version
from vifcast.store.backends.backend import backend_of
from vifcast.store.reader import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """``place`` is its file, or its URL without password and options.

    ``size_bytes`` is what it takes on disk, as far as it knows that itself: indexes included, logs
    and what MariaDB has not counted since its last ANALYZE not.
    """

    kind: str
    place: str
    schema: str
    size_bytes: int

    @classmethod
    def of(cls, store: Reader) -> "Database":
        """That of a store. Raises StoreError."""
        with store.reading() as connection:
            backend = backend_of(connection.dialect)
            return cls(
                kind=backend.name,
                place=str(store.location),
                schema=schema_version.current(connection) or "",
                size_bytes=backend.size_bytes(connection),
            )
