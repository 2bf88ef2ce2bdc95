"""Webhooks out of a database on disk, signed, over a bare loop of the same client."""

import subprocess
import sys
from statistics import median

from bench.report import bench_line, spread

_COUNT = 6_000
_ROUNDS = 3
_SUBSCRIPTIONS = (1, 10, 100)


def run() -> None:
    """Deliveries a second with 1, 10 and 100 subscriptions, to a local receiver."""
    for subscriptions in _SUBSCRIPTIONS:
        rates: dict[str, list[float]] = {"vifcast": [], "bare": []}
        for _ in range(_ROUNDS):
            for name, found in rates.items():
                found.append(_rate(name, subscriptions))
                print(f"  {subscriptions} to {name}: {found[-1]:,.0f} a second", flush=True)
        ours, bare = rates["vifcast"], rates["bare"]
        print(f"{subscriptions} subscriptions, vifcast: {spread(ours, 'a second')}")
        print(f"{subscriptions} subscriptions, bare aiohttp: {spread(bare, 'a second')}")
        bench_line(
            "delivery_vs_bare" + ("" if subscriptions == 1 else f"_{subscriptions}"),
            median(ours) / median(bare),
            f"vifcast {median(ours):,.0f}/s",
            f"bare aiohttp {median(bare):,.0f}/s",
        )


def _rate(name: str, subscriptions: int) -> float:
    receiver = subprocess.Popen(
        [sys.executable, "-m", "bench.receiver", str(_COUNT)],
        stdout=subprocess.PIPE,
        text=True,
    )
    if receiver.stdout is None:
        raise RuntimeError("the receiver has no output")
    port = receiver.stdout.readline().strip()
    sender = subprocess.Popen(
        [
            *(sys.executable, "-W", "ignore", "-m", "bench.delivery_child"),
            *(name, port, str(subscriptions), str(_COUNT)),
        ],
        stdin=subprocess.PIPE,
    )
    try:
        return float(receiver.stdout.readline())
    finally:
        if sender.stdin is not None:
            sender.stdin.close()
        sender.wait(60)
        receiver.wait(60)
