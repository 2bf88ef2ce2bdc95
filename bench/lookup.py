"""Questions to a store with ten million events, over the same SQL through the bare driver."""

import time
from collections.abc import Callable
from statistics import median

from bench import bare, ten_million
from bench.report import bench_line
from bench.ten_million import Asked
from postgresql import PostgreSQL
from vifcast.store import AttachmentQuery, EventQuery, Location, Store

QUESTIONS = 400


def on_sqlite() -> None:
    """The SQLite file."""
    path = ten_million.sqlite_file()
    store = Store.open_for_reading(Location.of_file(path))
    _compare("lookup_ip_at_10m", "sqlite3", store, bare.Sqlite(path))
    store.close()


def on_postgresql() -> None:
    """A PostgreSQL of its own, filled anew."""
    with PostgreSQL() as server:
        server.create("bench")
        store = ten_million.fill(Location.from_url(server.url("bench"), timeout_s=600))
        _compare(
            "lookup_ip_at_10m_postgresql",
            "psycopg",
            store,
            bare.Postgresql(server.connect("bench")),
        )
        store.close()


def _compare(name: str, driver: str, store: Store, bare_driver: bare.Driver) -> None:
    asked = ten_million.questions(bare_driver, QUESTIONS)
    questions: dict[str, tuple[Callable[[Asked], int], Callable[[Asked], int]]] = {
        "who had this address then": (
            lambda nic: len(store.attachments(AttachmentQuery(ip=nic.ip, at=nic.at)).items),
            lambda nic: len(bare_driver.rows(bare.BY_IP_AND_TIME, nic.ip, *[nic.at] * 4)),
        ),
        "where was this port": (
            lambda nic: len(store.attachments(AttachmentQuery(port=nic.port)).items),
            lambda nic: len(bare_driver.rows(bare.BY_PORT, nic.port)),
        ),
        "what happened to this server": (
            lambda nic: len(store.events(EventQuery(instance=nic.instance)).items),
            lambda nic: len(bare_driver.rows(bare.BY_INSTANCE, nic.instance)),
        ),
    }
    found = {}
    for question, (ours, theirs) in questions.items():
        found[question] = _medians_ms(asked, ours, theirs)
        our_ms, their_ms = found[question]
        print(
            f"{question}: vifcast {our_ms:.3f} ms, {driver} {their_ms:.3f} ms: "
            f"{our_ms / their_ms:.2f}"
        )
    our_ms, their_ms = found["who had this address then"]
    bench_line(name, our_ms / their_ms, f"vifcast {our_ms:.3f} ms", f"{driver} {their_ms:.3f} ms")


def _medians_ms(
    asked: list[Asked], ours: Callable[[Asked], int], theirs: Callable[[Asked], int]
) -> tuple[float, float]:
    """Both are asked the same, and who comes first changes."""
    for nic in asked:
        # Untimed, so that all pages are in memory: who reads one from the disk is left to chance.
        assert ours(nic) == theirs(nic) > 0, nic
    times_ms: tuple[list[float], list[float]] = ([], [])
    for number, nic in enumerate(asked):
        both = [0, 1] if number % 2 else [1, 0]
        for which in both:
            started = time.perf_counter()
            (ours, theirs)[which](nic)
            times_ms[which].append((time.perf_counter() - started) * 1000)
    return median(times_ms[0]), median(times_ms[1])
