"""Webhooks out of a database on disk, signed, over a bare loop of the same client."""

import subprocess
import sys
from collections.abc import Callable
from statistics import median

from bench.report import bench_line, spread
from bench.usage import cpu_s_of, resident_mib_of

_COUNT = 6_000
_BACKLOG = 1_000_000
_ROUNDS = 3
_SUBSCRIPTIONS = (1, 10, 100)


def run() -> None:
    """Deliveries a second with 1, 10 and 100 subscriptions, to a local receiver."""
    for subscriptions in _SUBSCRIPTIONS:
        rates: dict[str, list[float]] = {"vifcast": [], "bare": []}
        cpu_us: dict[str, list[float]] = {"vifcast": [], "bare": []}
        for _ in range(_ROUNDS):
            for name, found in rates.items():
                rate, each_us = _sent(name, subscriptions)
                found.append(rate)
                cpu_us[name].append(each_us)
                print(
                    f"  {subscriptions} to {name}: {rate:,.0f} a second, {each_us:.0f} µs of CPU",
                    flush=True,
                )
        for name, found in rates.items():
            print(
                f"{subscriptions} subscriptions, {name}: {spread(found, 'a second')}, "
                f"CPU of each {spread(cpu_us[name], 'µs')}"
            )
        ours, bare = rates["vifcast"], rates["bare"]
        bench_line(
            "delivery_vs_bare" + ("" if subscriptions == 1 else f"_{subscriptions}"),
            median(ours) / median(bare),
            f"vifcast {median(ours):,.0f}/s",
            f"bare aiohttp {median(bare):,.0f}/s",
        )


def backlog() -> None:
    """Memory of who delivers while a million deliveries drain: at the end over after a tenth."""
    resident_mib: list[float] = []
    rate = _rate("vifcast", 100, _BACKLOG, lambda pid: resident_mib.append(resident_mib_of(pid)))
    print(f"{_BACKLOG:,} deliveries to 100 subscriptions, {rate:,.0f} a second")
    print("after each tenth: " + ", ".join(f"{each:.0f}" for each in resident_mib) + " MiB")
    first, last = resident_mib[0], resident_mib[-1]
    bench_line("backlog_memory", last / first, f"{last:.1f} MiB", f"{first:.1f} MiB after a tenth")


def _sent(name: str, subscriptions: int) -> tuple[float, float]:
    """Deliveries a second; of the sender's CPU time, what each takes, without its start."""
    cpu_s: list[float] = []
    rate = _rate(name, subscriptions, on_tenth=lambda pid: cpu_s.append(cpu_s_of(pid)))
    return rate, (cpu_s[-1] - cpu_s[0]) / (0.9 * _COUNT) * 1_000_000


def _rate(
    name: str,
    subscriptions: int,
    count: int = _COUNT,
    on_tenth: Callable[[int], None] = lambda _: None,
) -> float:
    receiver = subprocess.Popen(
        [sys.executable, "-m", "bench.receiver", str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )
    if receiver.stdout is None:
        raise RuntimeError("the receiver has no output")
    port = receiver.stdout.readline().strip()
    sender = subprocess.Popen(
        [
            *(sys.executable, "-W", "ignore", "-m", "bench.delivery_child"),
            *(name, port, str(subscriptions), str(count)),
        ],
        stdin=subprocess.PIPE,
    )
    try:
        for _ in range(10):
            receiver.stdout.readline()
            on_tenth(sender.pid)
        return float(receiver.stdout.readline())
    finally:
        if sender.stdin is not None:
            sender.stdin.close()
        sender.wait(60)
        receiver.wait(60)
