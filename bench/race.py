"""Two consumers in turn, each on a queue that was filled before it began."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable

from lab import broker

from bench import bus

ROUNDS = 5

# Peers with an environment of their own.
_PYTHONS = {"peer_ceilometer": ".venv/ceilometer/bin/python"}


def run(
    peers: tuple[str, str], make_bodies: Callable[[], Iterable[bytes]]
) -> tuple[list[float], list[float]]:
    """Notifications a second of each round, of each of two ``bench.peer_…`` modules.

    Each round of each peer has a virtual host of its own, so that the queues of
    one do not cost the other anything.
    """
    rates: dict[str, list[float]] = {peer: [] for peer in peers}
    for _ in range(ROUNDS):
        for peer in peers:
            url = broker.new_vhost()
            declare(peer, url)
            bodies = list(make_bodies())
            bus.publish(url, bodies)
            rates[peer].append(rate_of(peer, url, len(bodies)))
            print(f"  {peer}: {rates[peer][-1]:,.0f} a second", flush=True)
    return rates[peers[0]], rates[peers[1]]


def declare(peer: str, url: str) -> None:
    """Have a peer declare its queue, so that what is published from now on is kept."""
    bus.declare(url)
    rate_of(peer, url, 0)


def rate_of(module: str, url: str, count: int) -> float:
    """Notifications a second that a ``bench.peer_…`` takes from its queue, so many."""
    out = subprocess.run(
        [
            *(_PYTHONS.get(module, sys.executable), "-W", "ignore", "-m", f"bench.{module}"),
            *(url, str(count)),
        ],
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    ).stdout
    # Ceilometer's libraries print, too.
    return float(json.loads(out.splitlines()[-1]))
