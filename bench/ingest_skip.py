"""Notifications that are not about NICs: nine of ten on a real bus."""

from statistics import median

from bench import bodies, race
from bench.report import bench_line, spread

COUNT = 20_000


def run() -> None:
    """Against oslo.messaging's batch listener, which does nothing with them."""
    peers = ("peer_vifcast", "peer_oslo")
    ours, theirs = race.run(peers, lambda: bodies.about_other_things(COUNT))
    print(f"vifcast: {spread(ours, 'a second')}")
    print(f"oslo.messaging's batch listener doing nothing: {spread(theirs, 'a second')}")
    bench_line(
        "ingest_skip_vs_oslo",
        median(ours) / median(theirs),
        f"vifcast {median(ours):,.0f}/s",
        f"oslo.messaging's batch listener doing nothing {median(theirs):,.0f}/s",
    )
