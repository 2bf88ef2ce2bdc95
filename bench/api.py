"""``GET /v1/attachments?ip=…&at=…`` on a kept-alive connection, over a bare Starlette application.

Both read the same SQLite file with ten million events, each in a process of its own
(``bench.api_child``); the bare one runs the same SQL and returns the rows as JSON. They are asked
the same, one after the other, taking turns in being first.
"""

import http.client
import json
import subprocess
import sys
import time
import urllib.parse
from statistics import median
from types import TracebackType
from typing import Self

from bench import bare, ten_million
from bench.report import bench_line, spread

QUESTIONS = 1000


def run() -> None:
    """Print the comparison."""
    path = ten_million.sqlite_file()
    asked = ten_million.questions(bare.Sqlite(path), QUESTIONS)
    with _Served("vifcast", str(path)) as vifcast, _Served("starlette", str(path)) as starlette:
        both = (vifcast, starlette)
        for nic in asked:
            # Untimed, so that all pages are in memory.
            counts = [len(served.ask(nic)) for served in both]
            assert counts[0] == counts[1] > 0, (nic, counts)
        times_ms: tuple[list[float], list[float]] = ([], [])
        for number, nic in enumerate(asked):
            for which in (0, 1) if number % 2 else (1, 0):
                started = time.perf_counter()
                both[which].ask(nic)
                times_ms[which].append((time.perf_counter() - started) * 1000)
    print(f"vifcast, one request:   {spread(times_ms[0], 'ms', 2)}")
    print(f"starlette, one request: {spread(times_ms[1], 'ms', 2)}")
    ours, theirs = median(times_ms[0]), median(times_ms[1])
    bench_line("api_vs_bare", theirs / ours, f"vifcast {ours:.2f} ms", f"starlette {theirs:.2f} ms")


class _Served:
    """One ``bench.api_child`` and a connection to it."""

    def __init__(self, application: str, path: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bench.api_child", application, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        port = int(self._process.stdout.readline())
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, nic: ten_million.Asked) -> list[object]:
        """The attachments that it answers with."""
        query = urllib.parse.urlencode({"ip": nic.ip, "at": nic.at.isoformat()})
        self._connection.request("GET", f"/v1/attachments?{query}")
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == http.client.OK, body
        items: list[object] = json.loads(body)["items"]
        return items

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.wait(timeout=30)
