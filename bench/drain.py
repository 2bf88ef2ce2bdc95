"""Notifications a second: the outbox emptying itself, and messagingv2 driven directly.

Both are oslo.messaging on one RabbitMQ with the same notifications; they take turns.
"""

import subprocess
import sys
import tempfile
from statistics import median

from lab import broker

from bench.report import bench_line, spread

ROUNDS = 3
COUNT = 10_000


def run() -> None:
    """Print the comparison."""
    rates: dict[str, list[float]] = {"vifcast_outbox": [], "messagingv2": []}
    for _ in range(ROUNDS):
        for driver, of_driver in rates.items():
            of_driver.append(_rate(driver))
            print(f"  {driver}: {of_driver[-1]:,.0f} a second", flush=True)
    ours, theirs = rates["vifcast_outbox"], rates["messagingv2"]
    print(f"from a full outbox:      {spread(ours, 'a second')}")
    print(f"messagingv2, no outbox:  {spread(theirs, 'a second')}")
    bench_line(
        "outbox_drain_vs_messagingv2",
        median(ours) / median(theirs),
        f"vifcast_outbox {median(ours):,.0f}/s",
        f"messagingv2 {median(theirs):,.0f}/s",
    )


def _rate(driver: str) -> float:
    """Each in a process and a virtual host of its own."""
    with tempfile.TemporaryDirectory(prefix="vifcast-bench-") as directory:
        out = subprocess.run(
            [
                *(sys.executable, "-W", "ignore", "-m", "bench.drain_child"),
                *(broker.new_vhost(), f"{directory}/outbox", driver, str(COUNT)),
            ],
            stdout=subprocess.PIPE,
            check=True,
            timeout=600,
        ).stdout
    return float(out)
