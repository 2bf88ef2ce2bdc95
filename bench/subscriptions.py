"""Ingest with subscriptions, whose deliveries are rows of its transactions, over ingest without."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from lab import broker

from bench import bodies, bus, race
from bench.report import bench_line, spread

_COUNT = 20_000
_ROUNDS = 5
_NUMBERS = (0, 1, 10)
_VARIABLE = "VIFCAST_BENCH_SUBSCRIPTIONS"


def run() -> None:
    """NIC notifications a second; each subscription wants everything, and nobody delivers."""
    rates: dict[int, list[float]] = {number: [] for number in _NUMBERS}
    for _ in range(_ROUNDS):
        for number in _NUMBERS:
            with _subscriptions(number):
                url = broker.new_vhost()
                race.declare("peer_vifcast", url)
                bus.publish(url, list(bodies.about_nics(_COUNT)))
                rates[number].append(race.rate_of("peer_vifcast", url, _COUNT))
            print(f"  {number} subscriptions: {rates[number][-1]:,.0f} a second", flush=True)
    for number, found in rates.items():
        print(f"{number} subscriptions: {spread(found, 'a second')}")
    without = median(rates.pop(0))
    for number, found in rates.items():
        name = "ingest_with_subscriptions" + ("" if number == 1 else f"_{number}")
        bench_line(
            name,
            median(found) / without,
            f"{number} subscriptions {median(found):,.0f}/s",
            f"none {without:,.0f}/s",
        )


@contextmanager
def _subscriptions(number: int) -> Iterator[None]:
    os.environ[_VARIABLE] = str(number)
    try:
        yield
    finally:
        del os.environ[_VARIABLE]
