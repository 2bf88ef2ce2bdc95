"""500 readers of ``GET /v1/stream`` at once, over a bare application with sse-starlette.

Both run at the same time, each in a process of its own (``bench.stream_child``), and send the same
bytes to 500 readers of this process. They take turns, one event each. What vifcast does to
store, read and encode an event counts, too; the peer has the bytes ready.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from typing import Self

from bench.report import bench_line, spread
from bench.usage import cpu_s_of, resident_mib_of

READERS = 500
ROUNDS = 60
_WARM_UP = 5
_PAUSE_S = 0.2


def run() -> None:
    """Print the comparison."""
    asyncio.run(_run())


async def _run() -> None:
    with tempfile.TemporaryDirectory(prefix="vifcast-bench-") as directory:
        names = ("vifcast", "sse-starlette")
        both = [_Served(name, Path(directory, f"{name}.sqlite3")) for name in names]
        with both[0], both[1]:
            for served in both:
                await served.connect()
            for number in range(_WARM_UP + ROUNDS):
                for served in both[:: 1 if number % 2 else -1]:
                    await served.measure(is_counted=number >= _WARM_UP)
            for served in both:
                await served.disconnect()
    ours, theirs = both
    for served in both:
        print(
            f"{served.name}: {served.cpu_us:.0f} µs of CPU time and {served.kib_each:.0f} KiB for "
            f"each reader and event; until a reader has it {spread(served.delays_ms, 'ms', 1)}"
        )
    bench_line(
        "stream_readers",
        theirs.cpu_us / ours.cpu_us,
        f"{ours.name} {ours.cpu_us:.0f} µs of CPU for each reader and event",
        f"{theirs.name} {theirs.cpu_us:.0f} µs",
    )
    bench_line(
        "stream_readers_memory",
        theirs.kib_each / ours.kib_each,
        f"{ours.name} {ours.kib_each:.0f} KiB for each reader",
        f"{theirs.name} {theirs.kib_each:.0f} KiB",
    )
    for part, name in ((50, "p50"), (99, "p99")):
        ours_ms, theirs_ms = (quantiles(each.delays_ms, n=100)[part - 1] for each in both)
        bench_line(
            f"stream_readers_{name}",
            theirs_ms / ours_ms,
            f"{ours.name} {ours_ms:.1f} ms from commit to reader",
            f"{theirs.name} {theirs_ms:.1f} ms",
        )


class _Served:
    """One ``bench.stream_child``, its readers, and what was measured."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.delays_ms: list[float] = []
        self.kib_each = 0.0
        self._cpu_s: list[float] = []
        self._readers: list[asyncio.StreamReader] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bench.stream_child", name, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._port = int(self._line())

    @property
    def cpu_us(self) -> float:
        """CPU time of the process for one reader and one event."""
        return sum(self._cpu_s) / len(self._cpu_s) / READERS * 1_000_000

    async def connect(self) -> None:
        """Open all streams."""
        await self._open(1)  # imports, threads and buffers are not a reader's
        before = resident_mib_of(self._process.pid)
        await self._open(READERS - 1)
        self.kib_each = (resident_mib_of(self._process.pid) - before) * 1024 / (READERS - 1)

    async def disconnect(self) -> None:
        """End all streams."""
        for writer in self._writers:
            writer.close()
            await writer.wait_closed()
        await asyncio.sleep(1)

    async def _open(self, count: int) -> None:
        for _ in range(count):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await reader.readuntil(b"retry: ")
            self._readers.append(reader)
            self._writers.append(writer)

    async def measure(self, *, is_counted: bool) -> None:
        """Send one event and wait until all readers have it."""
        before = cpu_s_of(self._process.pid)
        assert self._process.stdin is not None
        waiting = [asyncio.create_task(self._arrival(reader)) for reader in self._readers]
        await asyncio.sleep(0)
        self._process.stdin.write("one\n")
        self._process.stdin.flush()
        arrived = await asyncio.gather(*waiting)
        sent = self._line()
        await asyncio.sleep(_PAUSE_S)
        if is_counted:
            self._cpu_s.append(cpu_s_of(self._process.pid) - before)
            self.delays_ms += [(at - float(sent)) * 1000 for at in arrived]

    async def _arrival(self, reader: asyncio.StreamReader) -> float:
        await reader.readuntil(b"event: event")
        at = time.monotonic()
        await reader.readuntil(b"\n\n")
        return at

    def _line(self) -> str:
        assert self._process.stdout is not None
        line: str = self._process.stdout.readline()
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
