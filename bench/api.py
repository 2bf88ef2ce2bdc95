"""``GET /v1/attachments?ip=…&at=…``, over a bare Starlette application.

Both read the same SQLite file with ten million events, each in a process of its own
(``bench.api_child``); the bare one runs the same SQL and returns the rows as JSON. vifcast finds
out who asks, by a token. They are asked the same, one after the other, taking turns in being
first: on one kept-alive connection, on a new one for each request, and by fifty clients at once.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from statistics import median

from bench import bare, ten_million
from bench.api_served import Served
from bench.report import bench_line, spread

QUESTIONS = 1000
_CLIENTS = 50
_ROUNDS = 6

Ask = Callable[[Served, ten_million.Asked], object]


def run() -> None:
    """Print the comparisons."""
    path = ten_million.sqlite_file()
    asked = ten_million.questions(bare.Sqlite(path), QUESTIONS)
    with Served("vifcast", str(path)) as vifcast, Served("starlette", str(path)) as starlette:
        both = (vifcast, starlette)
        for nic in asked:
            # Untimed, so that all pages are in memory.
            counts = [len(served.ask(nic)) for served in both]
            assert counts[0] == counts[1] > 0, (nic, counts)
        _one_by_one("api_vs_bare", both, asked, lambda served, nic: served.ask(nic))
        _one_by_one("api_new_connections_vs_bare", both, asked, _on_a_new_connection)
        _at_once(both, asked)
    _start_up(str(path))


def _on_a_new_connection(served: Served, nic: ten_million.Asked) -> None:
    with closing(served.connect()) as connection:
        served.ask(nic, connection)


def _one_by_one(
    name: str, both: tuple[Served, Served], asked: Sequence[ten_million.Asked], ask: Ask
) -> None:
    times_ms: tuple[list[float], list[float]] = ([], [])
    for number, nic in enumerate(asked):
        for which in (0, 1) if number % 2 else (1, 0):
            started = time.perf_counter()
            ask(both[which], nic)
            times_ms[which].append((time.perf_counter() - started) * 1000)
    print(f"vifcast, one request:   {spread(times_ms[0], 'ms', 2)}")
    print(f"starlette, one request: {spread(times_ms[1], 'ms', 2)}")
    ours, theirs = median(times_ms[0]), median(times_ms[1])
    bench_line(name, theirs / ours, f"vifcast {ours:.2f} ms", f"starlette {theirs:.2f} ms")


def _at_once(both: tuple[Served, Served], asked: Sequence[ten_million.Asked]) -> None:
    """Requests a second of fifty clients, each on a connection of its own."""
    shares = [asked[number::_CLIENTS] for number in range(_CLIENTS)]

    def client(served: Served, share: Sequence[ten_million.Asked]) -> None:
        with closing(served.connect()) as connection:
            for nic in share:
                served.ask(nic, connection)

    rates: tuple[list[float], list[float]] = ([], [])
    for number in range(_ROUNDS):
        for which in (0, 1) if number % 2 else (1, 0):
            started = time.perf_counter()
            with ThreadPoolExecutor(_CLIENTS) as clients:
                for done in [clients.submit(client, both[which], share) for share in shares]:
                    done.result()
            rates[which].append(len(asked) / (time.perf_counter() - started))
    ours, theirs = median(rates[0]), median(rates[1])
    bench_line(
        "api_50_clients_vs_bare",
        ours / theirs,
        f"vifcast {ours:.0f}/s",
        f"starlette {theirs:.0f}/s",
    )


def _start_up(path: str) -> None:
    """From the start of the process until its first answer; lower is better."""
    times_s: dict[str, list[float]] = {"vifcast": [], "starlette": []}
    for _ in range(_ROUNDS):
        for application, found in times_s.items():
            with Served(application, path) as served:
                found.append(served.started_s)
    ours, theirs = median(times_s["vifcast"]), median(times_s["starlette"])
    bench_line(
        "api_start_up_vs_bare", ours / theirs, f"vifcast {ours:.2f} s", f"starlette {theirs:.2f} s"
    )
