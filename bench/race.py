"""Two consumers in turn, each on a queue that was filled before it began."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable

from lab import broker

from bench import bus

ROUNDS = 5


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
            _peer(peer, url, 0)  # declares its queue
            bodies = list(make_bodies())
            bus.publish(url, bodies)
            rates[peer].append(_peer(peer, url, len(bodies)))
            print(f"  {peer}: {rates[peer][-1]:,.0f} a second", flush=True)
    return rates[peers[0]], rates[peers[1]]


def _peer(module: str, url: str, count: int) -> float:
    out = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", f"bench.{module}", url, str(count)],
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    ).stdout
    return float(json.loads(out))
