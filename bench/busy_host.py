"""All notifications of a busy host: by ``vifcast_outbox``, and by ``messagingv2``.

A real Nova notifies in both formats from four threads (``lab.storm``); the two take turns,
each in a process and a virtual host of its own. What Nova's threads take, and what passes
until the broker has confirmed the last.
"""

import json
import subprocess
import sys
import tempfile
from statistics import median

from lab import broker

from bench.report import bench_line, spread

ROUNDS = 3


def run() -> None:
    """Print the comparison."""
    callers: dict[str, list[float]] = {"vifcast_outbox": [], "messagingv2": []}
    rates: dict[str, list[float]] = {"vifcast_outbox": [], "messagingv2": []}
    for _ in range(ROUNDS):
        for driver, of_driver in callers.items():
            count, caller_s, confirmed_s = _storm(driver)
            of_driver.append(caller_s / count * 1000)
            rates[driver].append(count / confirmed_s)
    for driver, of_driver in callers.items():
        print(f"{driver}: Nova's threads, each notification {spread(of_driver, 'ms', 2)}")
        print(f"{driver}: to the last confirm             {spread(rates[driver], 'a second')}")
    for name, figures, unit in (("caller", callers, "ms"), ("drain", rates, "/s")):
        ours, theirs = median(figures["vifcast_outbox"]), median(figures["messagingv2"])
        bench_line(
            f"busy_host_{name}_vs_messagingv2",
            ours / theirs,
            f"vifcast_outbox {ours:,.2f} {unit}",
            f"messagingv2 {theirs:,.2f} {unit}",
        )


def _storm(driver: str) -> tuple[int, float, float]:
    with tempfile.TemporaryDirectory(prefix="vifcast-bench-") as directory:
        command = [sys.executable, "-W", "ignore", "-m", "bench.busy_child"]
        out = subprocess.run(
            [*command, broker.new_vhost(), directory, driver],
            stdout=subprocess.PIPE,
            check=True,
            timeout=600,
        ).stdout
    count, caller_s, confirmed_s = json.loads(out.splitlines()[-1])
    return count, caller_s, confirmed_s
