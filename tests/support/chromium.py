"""Debian's Chromium, driven by Playwright; every page is watched for what no page may do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

AXE = Path(__file__).parent / "axe" / "axe-4.11.4.min.js"
_PROGRAM = "/usr/bin/chromium"
_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
# A browser starts slowly on a busy machine.
TIMEOUT_MS = 60_000

# Resolves when the page can be used: then it says when it was painted first, and when that is.
USABLE = """() => new Promise((resolve) => {
  const look = () => {
    const painted = performance.getEntriesByName("first-contentful-paint")[0];
    const isReady = performance.getEntriesByName("vifcast-ready").length > 0
      && document.readyState === "complete" && !document.querySelector(".skeleton, .htmx-request");
    if (painted && isReady) resolve([painted.startTime, performance.now()]);
    else requestAnimationFrame(look);
  };
  look();
})"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_PROGRAM, args=_OPTIONS, timeout=TIMEOUT_MS
        )
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page in a browser of its own; ``faults`` is what went wrong in it, a sentence each.

    Scripts that failed, errors on the console (a violated Content-Security-Policy is one) and
    requests to another host.
    """

    def __init__(self, browser: Browser, url: str, **context: Any) -> None:
        options = {"locale": "en-GB", "timezone_id": "Asia/Shanghai"} | context
        self.context = browser.new_context(base_url=url, **options)
        self.context.set_default_timeout(TIMEOUT_MS)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self._host = urlsplit(url).netloc
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("console", self._of_console)
        self.page.on("request", self._of_request)

    def violations(self) -> list[str]:
        """What axe finds on the page against WCAG 2.2 AA."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',"
            " 'best-practice']})"
        )
        return [
            f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    def _of_console(self, message: Any) -> None:
        # A status of 4xx is an answer that the test asked for.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _of_request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self._host:
            self.faults.append(f"request to another host: {request.url}")
