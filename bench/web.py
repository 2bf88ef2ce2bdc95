"""The pages in a real Chromium: among ten million events, over the same among a thousand.

Each page is opened with empty caches, in turns. Two moments count: the first contentful paint and
when everything on the page can be used (its scripts have run, and nothing on it is waited for). What
the browser received for it is counted as it came over the wire, compressed.
"""

import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from chromium import chromium
from playwright.sync_api import Browser

from bench import many, ten_million
from bench.report import bench_line, spread
from vifcast.store import Location, Store
from vifcast.store.backends.engine import writer_engine

_FEW = 4_000
_ROUNDS = 12
_LATEST = 250
_KB = 1000

_PAGES: dict[str, Callable[[str], str]] = {
    "now": lambda _ip: "",
    "find": lambda ip: f"find?q={ip}",
    "hosts": lambda _ip: "hosts",
}
# Resolves when the page can be used: then it says when it was painted first, and when that is.
_USABLE = """() => new Promise((resolve) => {
  const look = () => {
    const painted = performance.getEntriesByName("first-contentful-paint")[0];
    const isReady = performance.getEntriesByName("vifcast-ready").length > 0
      && document.readyState === "complete" && !document.querySelector(".skeleton, .htmx-request");
    if (painted && isReady) resolve([painted.startTime, performance.now()]);
    else requestAnimationFrame(look);
  };
  look();
})"""


def run() -> None:
    """Print the comparison."""
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        few = Path(directory, "few.sqlite3")
        _fill(few)
        urls = {
            name: stack.enter_context(serving(path))
            for name, path in (("full", ten_million.sqlite_file()), ("few", few))
        }
        browser = stack.enter_context(chromium())
        painted: dict[tuple[str, str], list[float]] = defaultdict(list)
        usable: dict[tuple[str, str], list[float]] = defaultdict(list)
        sizes: dict[str, float] = {}
        for number in range(_ROUNDS + 1):
            for page, path_of in _PAGES.items():
                for which in ("full", "few") if number % 2 else ("few", "full"):
                    path = path_of("10.0.3.7")
                    found = _open(browser, f"{urls[which]}ui/{path}")
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


def _open(browser: Browser, url: str) -> tuple[float, float, float]:
    """First paint and usable, in milliseconds, and bytes."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        page = context.new_page()
        received: list[float] = []
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on(
            "Network.loadingFinished", lambda event: received.append(event["encodedDataLength"])
        )
        page.goto(url, wait_until="commit")
        painted, usable = page.evaluate(_USABLE)
        return painted, usable, sum(received)
    finally:
        context.close()


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
