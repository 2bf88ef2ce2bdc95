"""200 open pages: the CPU time that they cost the service, over one core.

What an open page asks for is what a real Chromium was seen to ask for while it stood open: the
stream, and each address as often. 200 clients then do just that, each with its own phase, while
operations come in; what the same operations cost without any page is taken off.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chromium import USABLE, chromium

from bench.report import bench_line

PAGES = 200
_WATCH_S = 60
_MEASURE_S = 40
_EACH_S = 0.5  # two operations a second
_TICKS = os.sysconf("SC_CLK_TCK")


def run() -> None:
    """Print the comparison."""
    with tempfile.TemporaryDirectory() as directory:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bench.web_child", f"{directory}/web.sqlite3"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            asked = _asked_by_an_open_page(url, process)
            for path, count in sorted(asked.items()):
                print(f"an open page asks for {path} {count} times in {_WATCH_S} s")
            alone_s = asyncio.run(_cost(url, process, Counter(), 0))
            with_pages_s = asyncio.run(_cost(url, process, asked, PAGES))
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=60)
    share = (with_pages_s - alone_s) / _MEASURE_S
    bench_line(
        "web_open_pages",
        share,
        f"{PAGES} pages {share * 1000:.0f} ms of CPU time a second (without: "
        f"{alone_s / _MEASURE_S * 1000:.0f} ms)",
        "one core 1,000 ms",
    )


def _store_one(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    print(1, file=process.stdin, flush=True)
    process.stdout.readline()


def _asked_by_an_open_page(url: str, process: "subprocess.Popen[str]") -> Counter[str]:
    """How often it asks for each path, after it has been loaded."""
    asked: Counter[str] = Counter()
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{url}ui/", wait_until="load")
        page.evaluate(USABLE)
        page.on("request", lambda request: asked.update([_path_of(request.url)]))
        ends_at = time.monotonic() + _WATCH_S
        while time.monotonic() < ends_at:
            _store_one(process)
            page.wait_for_timeout(_EACH_S * 1000)
    return asked


def _path_of(url: str) -> str:
    parts = urlsplit(url)
    # A page's own moments and ids are other ones each time.
    return parts.path + (f"?{re.sub(r'=[^&]*', '=', parts.query)}" if parts.query else "")


async def _cost(
    url: str, process: "subprocess.Popen[str]", asked: Counter[str], pages: int
) -> float:
    """CPU seconds of the service while so many pages are open and operations come in."""
    host, _, port = urlsplit(url).netloc.partition(":")
    open_pages = [
        _OpenPage(host, int(port), asked, number / max(pages, 1)) for number in range(pages)
    ]
    tasks = [asyncio.create_task(each.stay()) for each in open_pages]
    await asyncio.gather(*(each.connected.wait() for each in open_pages))
    before = _cpu_s(process.pid)
    ends_at = time.monotonic() + _MEASURE_S
    while time.monotonic() < ends_at:
        await asyncio.to_thread(_store_one, process)
        await asyncio.sleep(_EACH_S)
    spent_s = _cpu_s(process.pid) - before
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return spent_s


class _OpenPage:
    """``phase``: from 0 to 1, where in its intervals it begins."""

    def __init__(self, host: str, port: int, asked: Counter[str], phase: float) -> None:
        self._host, self._port, self._asked, self._phase = host, port, asked, phase
        self.connected = asyncio.Event()

    async def stay(self) -> None:
        """Read the stream, and ask as the page does."""
        reader, writer = await self._get("/ui/v1/stream", "keep-alive")
        await reader.readuntil(b"retry: ")
        self.connected.set()
        polls = [asyncio.create_task(self._poll(*each)) for each in self._asked.items()]
        try:
            while await reader.read(65536):
                pass
        finally:
            writer.close()
            for poll in polls:
                poll.cancel()

    async def _poll(self, path: str, count: int) -> None:
        each_s = _WATCH_S / count
        await asyncio.sleep(each_s * self._phase)
        while True:
            reader, writer = await self._get(path, "close")
            answer = await reader.read()
            assert answer.split(b" ", 2)[1] in {b"200", b"204"}, (path, answer[:200])
            writer.close()
            await asyncio.sleep(each_s)

    async def _get(self, path: str, connection: str) -> tuple[Any, Any]:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nHX-Request: true\r\n"
            f"Accept-Encoding: gzip\r\nConnection: {connection}\r\n"
            f"Cookie: vifcast_session={'b' * 43}\r\n\r\n"
        )
        writer.write(head.encode())
        return reader, writer


def _cpu_s(pid: int) -> float:
    # The time of all its threads, in user and in kernel mode (proc(5)).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    run()
