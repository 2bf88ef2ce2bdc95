"""Notifications from a full queue into the store, committed, then acknowledged."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from bench import bodies, mix, race
from bench.report import bench_line, spread


@dataclass(frozen=True)
class Peer:
    """Whom ``vifcast``'s ingest is measured against: a ``bench.peer_…`` and what it does."""

    module: str
    does: str


OSLO = Peer("peer_oslo", "oslo.messaging's batch listener doing nothing")
CEILOMETER = Peer("peer_ceilometer", "Ceilometer's notification agent writing samples to a file")
PIKA = Peer("peer_pika", "pika acknowledging unread")


def nics_against_oslo() -> None:
    """NIC notifications."""
    _run("ingest_durable_vs_oslo", OSLO, lambda: bodies.about_nics(20_000))


def nics_against_ceilometer() -> None:
    """NIC notifications; Ceilometer makes four samples of each."""
    _run("ingest_vs_ceilometer", CEILOMETER, lambda: bodies.about_nics(10_000))


def nics_against_pika() -> None:
    """NIC notifications, against the bare limit of one consumer."""
    _run("ingest_durable_vs_pika", PIKA, lambda: bodies.about_nics(20_000))


def mix_against_oslo() -> None:
    """One in ten about a NIC."""
    _run("ingest_mix_vs_oslo", OSLO, lambda: mix.mixed(20_000))


def others_against_oslo() -> None:
    """None about a NIC."""
    _run("ingest_skip_vs_oslo", OSLO, lambda: bodies.about_other_things(20_000))


def _run(name: str, peer: Peer, make_bodies: Callable[[], Iterable[bytes]]) -> None:
    ours, theirs = race.run(("peer_vifcast", peer.module), make_bodies)
    print(f"vifcast, whole ledger, SQLite on disk: {spread(ours, 'a second')}")
    print(f"{peer.does}: {spread(theirs, 'a second')}")
    bench_line(
        name,
        median(ours) / median(theirs),
        f"vifcast {median(ours):,.0f}/s",
        f"{peer.does} {median(theirs):,.0f}/s",
    )
