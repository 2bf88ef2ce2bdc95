"""When the ingest thread takes its queue for blind."""

import datetime as dt

import pytest

from ledger_events import T0
from vifcast.bus.declare import Standing
from vifcast.config import load_settings
from vifcast.gap import Gap, GapNote, GapReason, GapWithdrawn
from vifcast.ingest.gaps import GapWatch
from vifcast.model import Source

NOVA = "queue:vifcast:nova"
OURS = "queue:vifcast:nova:vifcast-nova"
NEUTRON = "queue:vifcast:neutron"


class Kept:
    """A writer, and the store behind it."""

    def __init__(self):
        self.store = self
        self.notes = []
        self.flushed = []
        self.at = {}
        self.open = []

    def bindings_of(self, queue, subjects):
        assert queue == "vifcast"
        return dict(self.at), [(subject, gap) for subject, gap in self.open if subject in subjects]

    def note(self, *notes):
        self.notes += notes

    def flush(self):
        self.flushed = [*self.notes]

    def proven(self, at):
        self.at = dict(at)

    def taken(self):
        """What was noted since, in short."""
        batch, self.notes = self.notes, []
        return [
            (each.subject, each.reason, "withdrawn")
            if isinstance(each, GapWithdrawn)
            else (each.subject, each.gap.reason, seconds(each.gap.from_at), seconds(each.gap.to_at))
            for each in batch
        ]


def seconds(moment):
    return None if moment is None else (moment - T0).total_seconds()


def at(seconds):
    return T0 + dt.timedelta(seconds=seconds)


class Watched:
    """A watch with a clock that is set; ``lane`` is the option."""

    def __init__(self, kept, **options):
        self.kept = kept
        overrides = {f"ingest.{name}": value for name, value in options.items()}
        self.time = T0
        settings = load_settings(overrides=overrides).ingest
        self.watch = GapWatch(settings, kept, lambda: self.time)

    def connect(self, second, standing):
        self.watch.connecting()
        self.look(second, standing)

    def look(self, second, standing):
        self.time = at(second)
        self.watch.looked(standing)


def standing(**more):
    return Standing({"vifcast": 0}, **more)


@pytest.fixture
def kept():
    return Kept()


@pytest.fixture
def watched(kept):
    return Watched(kept)


FRESH = standing(survived=False)


def test_first_connection_ever_is_no_gap(watched, kept):
    watched.connect(0, FRESH)
    assert kept.taken() == []
    assert kept.at == {"": T0, "nova": T0}


def test_restarted_broker_is_a_gap_from_the_last_look_until_the_binding_is_there(watched, kept):
    watched.connect(0, FRESH)
    watched.look(10, FRESH)
    assert kept.flushed == []
    watched.watch.lost()
    opened = kept.taken()
    assert {each[1:] for each in opened} == {(GapReason.DISCONNECTED, 10, None)}
    watched.connect(70, FRESH)
    # On record before anything says that the bindings are proven.
    assert kept.flushed == kept.notes
    closed = kept.taken()
    assert [each[0] for each in closed] == [each[0] for each in opened] == [NOVA, OURS]
    assert {each[1:] for each in closed} == {(GapReason.DISCONNECTED, 10, 70)}
    assert kept.at["nova"] == at(70)


def test_connection_that_broke_alone_is_no_gap(watched, kept):
    watched.connect(0, FRESH)
    watched.watch.lost()
    opened = kept.taken()
    watched.watch.lost()
    assert kept.taken() == []
    watched.connect(60, standing(survived=True))
    withdrawn = kept.taken()
    assert {subject for subject, *_ in opened} <= {subject for subject, *_ in withdrawn}
    assert {what for *_, what in withdrawn} == {"withdrawn"}
    watched.look(70, standing(survived=True))
    assert kept.taken() == []


def test_queue_that_was_deleted_is_a_gap_of_all_sources_since_it_was_last_read(watched, kept):
    new = standing(survived=False, is_queue_new=True)
    watched.connect(0, new)
    watched.look(10, new)
    assert kept.taken() == []
    watched.watch.lost()
    kept.taken()
    watched.connect(70, new)
    (lost,) = [each for each in kept.notes if each.gap.reason is GapReason.QUEUE_LOST]
    assert (seconds(lost.gap.from_at), seconds(lost.gap.to_at)) == (10, 70)
    assert Source.VIFCAST_NOVA in lost.gap.sources
    assert lost.gap.hosts is None
    kept.taken()
    watched.look(80, new)
    assert kept.taken() == []


def test_what_waited_too_long_in_a_queue_that_keeps_no_drops_is_a_gap(kept):
    Watched(kept).connect(0, standing(survived=True, unseen="no place for drops"))
    kept.taken()
    later = Watched(kept, queue_ttl_s=60)
    later.connect(100, standing(survived=True, unseen="no place for drops"))
    assert kept.taken() == [("queue:vifcast:", GapReason.QUEUE_OVERFLOW, 0, 40)]
    seen = Watched(kept, queue_ttl_s=60)
    seen.connect(200, standing(survived=True))
    assert kept.taken() == []


def test_service_that_was_away_is_blind_since_it_last_looked(kept):
    Watched(kept).connect(0, FRESH)
    kept.taken()
    Watched(kept).connect(500, standing(survived=True))
    assert kept.taken() == []
    again = Watched(kept)
    again.watch.connecting()
    again.watch.lost()
    assert (NOVA, GapReason.NOT_RUNNING, 500, None) in kept.taken()
    again.connect(900, FRESH)
    assert (NOVA, GapReason.NOT_RUNNING, 500, 900) in kept.taken()


def test_exchange_that_comes_back_later_keeps_its_own_gap_open(kept):
    watched = Watched(kept, neutron_exchange="neutron")
    watched.connect(0, FRESH)
    watched.watch.lost()
    kept.taken()
    watched.connect(60, standing(survived=False, unbound=("neutron",)))
    closed = kept.taken()
    assert (NOVA, GapReason.DISCONNECTED, 0, 60) in closed
    assert not [each for each in closed if each[0] == NEUTRON]
    watched.look(70, standing(survived=False, unbound=("neutron",)))
    assert kept.taken() == []
    watched.look(80, FRESH)
    (note,) = kept.notes
    assert note.gap.sources == (Source.NEUTRON,)
    assert kept.taken() == [(NEUTRON, GapReason.DISCONNECTED, 0, 80)]


def test_exchange_that_goes_while_connected_is_a_gap(watched, kept):
    watched.connect(0, FRESH)
    watched.look(10, standing(survived=False, unbound=("nova",)))
    assert (NOVA, GapReason.UNBOUND, 0, None) in kept.taken()
    watched.look(20, standing(survived=False, unbound=("nova",)))
    assert kept.taken() == []
    watched.look(30, FRESH)
    assert (NOVA, GapReason.UNBOUND, 0, 30) in kept.taken()
    assert kept.at["nova"] == at(30)


def test_exchange_that_was_never_there_is_no_gap(watched, kept):
    watched.connect(0, standing(unbound=("nova",)))
    watched.look(10, standing(unbound=("nova",)))
    watched.watch.lost()
    watched.connect(20, FRESH)
    assert kept.taken() == []


def sources_of(kept):
    return {
        note.subject: (note.gap.sources, note.hosts_without_lane)
        for note in kept.notes
        if isinstance(note, GapNote) and note.gap.to_at
    }


THEIRS = (Source.NOVA_VERSIONED, Source.NOVA_FAULT, Source.HAND_PATCH, Source.NOVA_INSTANCE)


def test_without_a_lane_vifcast_nova_is_among_the_sources(kept):
    watched = Watched(kept, consume_default_queue=True)
    watched.connect(0, FRESH)
    watched.connect(10, FRESH)
    assert sources_of(kept) == {NOVA: ((Source.VIFCAST_NOVA, *THEIRS), False)}


def test_where_a_lane_is_bound_it_is_a_gap_of_the_hosts_that_do_not_use_it(watched, kept):
    watched.connect(0, FRESH)
    watched.connect(10, FRESH)
    assert sources_of(kept) == {NOVA: (THEIRS, False), OURS: ((Source.VIFCAST_NOVA,), True)}


def test_durable_exchange_loses_nothing_that_waits_in_an_outbox(watched, kept):
    watched.connect(0, FRESH)
    watched.watch.lost()
    watched.connect(10, standing(survived=False, durable={"nova": True}))
    assert sources_of(kept) == {NOVA: (THEIRS, False)}
    assert GapWithdrawn(OURS, GapReason.DISCONNECTED) in kept.notes


def test_full_queue_is_a_gap_from_the_last_look_at_which_it_was_not(watched, kept):
    watched.connect(0, FRESH)
    watched.look(10, FRESH)
    full = standing(survived=False, full="queue vifcast")
    watched.look(20, full)
    watched.look(30, full)
    assert kept.notes[0].gap.sources == tuple(each for each in Source if each != "reconcile")
    assert kept.taken() == [("queue:vifcast:", GapReason.QUEUE_OVERFLOW, 10, None)]
    assert kept.at[""] == at(10)
    watched.look(40, FRESH)
    assert kept.taken() == [("queue:vifcast:", GapReason.QUEUE_OVERFLOW, 10, 40)]


def test_of_a_backlog_what_was_read_is_not_lost(watched, kept):
    watched.connect(100, FRESH)
    watched.watch.took(at(5))
    watched.look(110, standing(survived=False, full="queue vifcast"))
    assert kept.taken() == [("queue:vifcast:", GapReason.QUEUE_OVERFLOW, 5, None)]


def test_gap_that_a_killed_process_left_open_is_closed_by_the_next(kept):
    def gap(reason):
        return Gap(from_at=at(3), to_at=None, reason=reason, sources=(), hosts=None, detail="")

    kept.open = [
        (NOVA, gap(GapReason.DISCONNECTED)),
        ("queue:vifcast:", gap(GapReason.QUEUE_OVERFLOW)),
    ]
    # The marker may be there because the process that was killed had bound the queue again.
    Watched(kept).connect(60, standing(survived=True))
    closed = kept.taken()
    assert (NOVA, GapReason.DISCONNECTED, 3, 60) in closed
    assert ("queue:vifcast:", GapReason.QUEUE_OVERFLOW, 3, 60) in closed
