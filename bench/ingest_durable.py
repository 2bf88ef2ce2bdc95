"""NIC notifications from a full queue into the store, committed, then acknowledged."""

from statistics import median

from bench import bodies, race
from bench.report import bench_line, spread

COUNT = 10_000


def run_against_oslo() -> None:
    """Against oslo.messaging's batch listener, which does nothing with them."""
    _run("ingest_durable_vs_oslo", "peer_oslo", "oslo.messaging's batch listener doing nothing")


def run_against_pika() -> None:
    """Against pika acknowledging unread: the bare limit of one consumer."""
    _run("ingest_durable_vs_pika", "peer_pika", "pika acknowledging unread")


def _run(name: str, peer: str, described: str) -> None:
    ours, theirs = race.run(("peer_vifcast", peer), lambda: bodies.about_nics(COUNT))
    print(f"vifcast, whole ledger, SQLite on disk: {spread(ours, 'a second')}")
    print(f"{described}: {spread(theirs, 'a second')}")
    bench_line(
        name,
        median(ours) / median(theirs),
        f"vifcast {median(ours):,.0f}/s",
        f"{described} {median(theirs):,.0f}/s",
    )
