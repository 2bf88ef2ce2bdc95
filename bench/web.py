"""The pages in a real Chromium: among ten million events, over the same among a thousand.

Each page is opened with empty caches, in turns. Two moments count: the first contentful paint,
and when everything on the page can be used: its scripts have run, and nothing on it is waited for.
What the browser received is counted as it came over the wire, compressed.
"""

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from chromium import USABLE, Watched, chromium
from playwright.sync_api import Browser

from bench import many, ten_million
from bench.report import bench_line, spread
from vifcast.store import Location, Store
from vifcast.store.backends.engine import writer_engine

_FEW = 4_000
_ROUNDS = 12
_LATEST = 250
_KB = 1000

_IP = "10.0.3.7"
# What each is at, of a NIC that had the address. It is found by its port: the address itself had
# one NIC among a few, and five among ten million, which is another answer.
_PAGES = {
    "now": "",
    "find": "find?q={port_id}",
    "hosts": "hosts",
    "server": "servers/{instance_id}",
    "deliveries": "subscriptions",
    "dead_letters": "dead-letters",
    "settings": "settings",
}


def run() -> None:
    """Print the comparison."""
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        few = Path(directory, "few.sqlite3")
        _fill(few)
        urls = {
            name: stack.enter_context(serving(path))
            for name, path in (("full", ten_million.sqlite_file()), ("few", few))
        }
        nics = {name: _nic(url) for name, url in urls.items()}
        browser = stack.enter_context(chromium())
        painted: dict[tuple[str, str], list[float]] = defaultdict(list)
        usable: dict[tuple[str, str], list[float]] = defaultdict(list)
        sizes: dict[str, float] = {}
        for number in range(_ROUNDS + 1):
            for page, path in _PAGES.items():
                for which in ("full", "few") if number % 2 else ("few", "full"):
                    found = _open(browser, urls[which], path.format(**nics[which]))
                    if number:  # the first fills the caches of the database
                        painted[page, which].append(found[0])
                        usable[page, which].append(found[1])
                        sizes[page] = max(found[2] / _KB, sizes.get(page, 0))
    for page in _PAGES:
        for what, times_ms in (("", painted), ("_usable", usable)):
            full, small = times_ms[page, "full"], times_ms[page, "few"]
            print(f"{page}{what}: {spread(full, 'ms')}; among few {spread(small, 'ms')}")
            bench_line(
                f"web_{page}{what}_at_10m",
                median(full) / median(small),
                f"ten million {median(full):.0f} ms",
                f"{_FEW:,} {median(small):.0f} ms",
            )
    for page, size in sizes.items():
        print(f"BENCH web_{page}_weight ratio={size / 200:.2f} {size:.0f} kB vs 200 kB", flush=True)


def _nic(url: str) -> dict[str, str]:
    asked = f"{url}v1/attachments?ip={_IP}&limit=1"
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
        found: dict[str, str] = json.load(answer)["items"][0]
    return found


def _open(browser: Browser, url: str, path: str) -> tuple[float, float, float]:
    """First paint and usable, in milliseconds, and bytes. Nothing may go wrong on the page."""
    watched = Watched(browser, f"{url}ui/", viewport={"width": 1440, "height": 900})
    try:
        received: list[float] = []
        session = watched.context.new_cdp_session(watched.page)
        session.send("Network.enable")
        session.on(
            "Network.loadingFinished", lambda event: received.append(event["encodedDataLength"])
        )
        answer = watched.page.goto(path, wait_until="commit")
        assert answer is not None
        assert answer.ok, (path, answer.status)
        painted, usable = watched.page.evaluate(USABLE)
        assert watched.faults == [], (path, watched.faults)
        return painted, usable, sum(received)
    finally:
        watched.context.close()


@contextmanager
def serving(path: Path) -> Iterator[str]:
    """A service on this file, with a few operations of now."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "bench.web_child", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        print(_LATEST, file=process.stdin, flush=True)
        process.stdout.readline()
        yield url
    finally:
        process.stdin.close()
        process.wait(timeout=60)


def _fill(path: Path) -> None:
    location = Location.of_file(path)
    store: Any = Store.open_for_writing(location)
    engine = writer_engine(location)
    many.fill(store, engine, _FEW)
    engine.dispose()
    store.close()
