"""Ingest into a MariaDB and a PostgreSQL that sync each commit, over ingest into SQLite."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from lab import broker

from bench import bodies, bus, race
from bench.report import bench_line, spread
from mariadb import MariaDB
from postgresql import PostgreSQL

_COUNT = 10_000
_ROUNDS = 3
_VARIABLE = "VIFCAST_BENCH_DATABASE"


class _DurableMariaDB(MariaDB):
    def command(self, folder: Path) -> list[str]:
        # The last of two holds.
        return [
            *super().command(folder),
            "--innodb-flush-log-at-trx-commit=1",
            "--innodb-flush-method=fsync",
            "--innodb-doublewrite=ON",
        ]


class _DurablePostgreSQL(PostgreSQL):
    def command(self, folder: Path) -> list[str]:
        return [*super().command(folder), "-c", "fsync=on"]


def run() -> None:
    """NIC notifications a second, one process, each database in turn."""
    rates: dict[str, list[float]] = {"SQLite": [], "MariaDB": [], "PostgreSQL": []}
    with _DurableMariaDB() as mariadb, _DurablePostgreSQL() as postgresql:
        for number in range(_ROUNDS):
            for name, server in (
                ("SQLite", None),
                ("MariaDB", mariadb),
                ("PostgreSQL", postgresql),
            ):
                url = None
                if server is not None:
                    server.create(f"round_{number}")
                    url = server.url(f"round_{number}")
                rates[name].append(_rate(url))
                print(f"  {name}: {rates[name][-1]:,.0f} a second", flush=True)
    for name, found in rates.items():
        print(f"{name}: {spread(found, 'a second')}")
    sqlite = median(rates.pop("SQLite"))
    for name, found in rates.items():
        bench_line(
            f"ingest_{name.lower()}_vs_sqlite",
            median(found) / sqlite,
            f"{name} {median(found):,.0f}/s",
            f"SQLite {sqlite:,.0f}/s",
        )


def _rate(database: str | None) -> float:
    url = broker.new_vhost()
    with _database(database):
        race.declare("peer_vifcast", url)
        bus.publish(url, bodies.about_nics(_COUNT))
        return race.rate_of("peer_vifcast", url, _COUNT)


@contextmanager
def _database(url: str | None) -> Iterator[None]:
    if url is not None:
        os.environ[_VARIABLE] = url
    try:
        yield
    finally:
        os.environ.pop(_VARIABLE, None)
