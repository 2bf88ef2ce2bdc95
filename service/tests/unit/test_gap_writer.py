"""What was noted of gaps waits for the database, and is not lost."""

import threading

import pytest

from ledger_events import T0
from vifcast.errors import StoreError
from vifcast.gap import GapReason, GapWithdrawn
from vifcast.ingest import gap_writer
from vifcast.ingest.gap_writer import GapWriter

NOTES = [GapWithdrawn(f"subject-{number}", GapReason.UNBOUND) for number in range(3)]


class Away:
    """A store that is away until a test brings it back."""

    def __init__(self):
        self.is_away = True
        self.tries = threading.Semaphore(0)
        self.written = []
        self.proven = {}

    def keep_gaps(self, queue, notes, proven):
        assert queue == "vifcast"
        self.tries.release()
        if self.is_away:
            raise StoreError("it is away")
        self.written += notes
        self.proven = dict(proven)


@pytest.fixture
def store(monkeypatch):
    monkeypatch.setattr(gap_writer, "_RETRY_MAX_S", 0.01)
    return Away()


def test_notes_are_written_in_order_once_the_database_is_back(store):
    with GapWriter(store, "vifcast") as writer:
        for note in NOTES:
            writer.note(note)
            assert store.tries.acquire(timeout=10)
        assert store.written == []
        store.is_away = False
    assert store.written == NOTES


def test_flush_raises_while_the_database_is_away_and_keeps_what_was_noted(store):
    writer = GapWriter(store, "vifcast")
    writer.note(*NOTES[:2])
    with pytest.raises(StoreError):
        writer.flush()
    writer.note(NOTES[2])
    store.is_away = False
    writer.flush()
    assert store.written == NOTES
    writer.flush()
    assert store.written == NOTES


def test_until_when_the_queue_was_bound_is_written_first_at_once_and_at_the_end(store):
    store.is_away = False
    with GapWriter(store, "vifcast") as writer:
        writer.proven({"nova": T0})
        assert store.tries.acquire(timeout=10)
        writer.proven({"nova": T0, "neutron": T0})
    assert set(store.proven) == {"nova", "neutron"}
