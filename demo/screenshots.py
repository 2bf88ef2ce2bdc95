"""``make screenshots``: a picture of every page, light, dark and on a phone, out of the demo.

They are in docs/pages/, which docs/web.md and the README show. The demo runs as ``make demo`` does.
"""

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chromium import TIMEOUT_MS, USABLE, chromium
from playwright.sync_api import Browser

from vifcast.config import load_settings
from vifcast.serve import Server

PICTURES = Path(__file__).parent.parent / "docs" / "pages"
# A minute of the cloud's life, and what the receiver makes of it.
_LIFE_S = 75
_LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 360, "height": 740},
        "color_scheme": "light",
        "device_scale_factor": 2,
    },
}


def main() -> None:
    """Write them."""
    PICTURES.mkdir(exist_ok=True)
    with chromium() as browser:
        with _demo() as url:
            time.sleep(_LIFE_S)
            for name, path in _pages(url).items():
                _take(browser, url, name, path)
        with tempfile.TemporaryDirectory() as directory, _with_tokens(directory) as url:
            _take(browser, url, "sign-in", "sign-in")
    print(f"wrote {PICTURES}", file=sys.stderr)


def _pages(url: str) -> dict[str, str]:
    attachment = _first(url, "attachments?open=true")
    subscription = _first(url, "subscriptions")
    delivery = _first(url, f"deliveries?subscription={subscription['id']}")
    return {
        "now": "",
        "find": f"find?q={attachment['fixed_ips'][0]['ip_address']}",
        "server": f"servers/{attachment['instance_id']}",
        "hosts": "hosts",
        "deliveries": "subscriptions",
        "subscription": f"subscriptions/{subscription['id']}",
        "new-subscription": "subscriptions/new",
        "delivery": f"deliveries/{delivery['id']}",
        "dead-letters": "dead-letters",
        "settings": "settings",
    }


def _first(url: str, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}v1/{path}", timeout=30) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)["items"][0]
    return found


def _take(browser: Browser, url: str, name: str, path: str) -> None:
    for look, options in _LOOKS.items():
        context = browser.new_context(base_url=f"{url}ui/", locale="en-GB", **options)
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        page.goto(path)
        page.evaluate(USABLE)
        page.screenshot(path=PICTURES / f"{name}-{look}.png", animations="disabled")
        context.close()


@contextmanager
def _demo() -> Iterator[str]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{found.getsockname()[1]}"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "demo", "--listen", address],
        stdout=subprocess.DEVNULL,
    )
    url = f"http://{address}/"
    try:
        while not _is_open(address):
            if process.poll() is not None:
                sys.exit("the demo ended; make demo shows why")
            time.sleep(0.5)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def _with_tokens(directory: str) -> Iterator[str]:
    settings = load_settings(
        overrides={
            "DEFAULT.data_dir": directory,
            "ingest.transport_url": "memory://",
            "api.listen": "127.0.0.1:0",
            "api.auth": "token",
        }
    )
    with Server(settings) as server:
        yield server.url


def _is_open(address: str) -> bool:
    host, _, port = address.partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


if __name__ == "__main__":
    main()
