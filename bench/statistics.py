"""``Store.statistics`` of three hours among ten million events, over the same among 12,000.

The span has as many operations in both: what is measured is whether the others matter.
"""

import datetime as dt
import tempfile
import time
from pathlib import Path
from statistics import median

from bench import many, ten_million
from bench.report import bench_line, spread
from vifcast.statistics import GroupBy, Interval
from vifcast.store import Location, OperationQuery, Store
from vifcast.store.backends.engine import writer_engine

_FEW = 12_000
_TIMES = 50
_SPAN = dt.timedelta(seconds=10_000)


def run() -> None:
    """Print the comparison."""
    with tempfile.TemporaryDirectory() as directory:
        few = _few(Path(directory, "few.sqlite3"))
        full = Store.open_for_reading(Location.of_file(ten_million.sqlite_file()))
        both = [(full, _query(full)), (few, _query(few))]
        assert [_ask(*each) for each in both] == [2000, 2000]
        times_ms: tuple[list[float], list[float]] = ([], [])
        for number in range(_TIMES):
            for which in (0, 1) if number % 2 else (1, 0):
                started = time.perf_counter()
                _ask(*both[which])
                times_ms[which].append((time.perf_counter() - started) * 1000)
        full.close()
        few.close()
    print(f"of ten million events: {spread(times_ms[0], 'ms', 2)}")
    print(f"of {_FEW:,} events: {spread(times_ms[1], 'ms', 2)}")
    ours, theirs = median(times_ms[0]), median(times_ms[1])
    bench_line(
        "statistics_at_ten_million",
        ours / theirs,
        f"ten million {ours:.2f} ms",
        f"{_FEW:,} {theirs:.2f} ms",
    )


def _few(path: Path) -> Store:
    location = Location.of_file(path)
    store = Store.open_for_writing(location)
    engine = writer_engine(location)
    many.fill(store, engine, _FEW)
    engine.dispose()
    return store


def _query(store: Store) -> OperationQuery:
    (newest,) = store.operations(OperationQuery(), limit=1).items
    until = newest.first_known_at + dt.timedelta(microseconds=1)
    return OperationQuery(since=until - _SPAN, until=until)


def _ask(store: Store, query: OperationQuery) -> int:
    """How many operations were counted."""
    found = store.statistics(query, interval=Interval.HOUR, group_by=GroupBy.HOST)
    return sum(each.total.succeeded for each in found.items)
