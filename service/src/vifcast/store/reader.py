"""``Reader``: every question that the rest of vifcast asks of the database."""

from vifcast.store.ledger_reader import LedgerReader
from vifcast.store.service_reader import ServiceReader


class Reader(LedgerReader, ServiceReader):
    """One database, to be read. Methods may be called from any thread; all raise StoreError."""
