"""``make demo``'s own command, as a process."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import TIMEOUT_MS, Watched, chromium
from playwright.sync_api import expect

REPOSITORY = Path(__file__).parent.parent
DEMO = [sys.executable, "-m", "demo"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The demo with these arguments, run to its end."""
    return subprocess.run(
        [*DEMO, *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_once_shows_every_kind_of_operation_and_the_sum() -> None:
    done = run("--once", "--listen", "127.0.0.1:0")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for step in ("attach start", "attach end", "attach error", "detach end", "(port deleted)"):
        assert step in done.stdout
    assert "11 operations: 8 succeeded, 3 failed, 0 still running." in done.stdout
    assert "nothing on notifications.info" in done.stdout


def test_json_is_one_object_per_stored_event_and_nothing_else() -> None:
    done = run("--once", "--json", "--listen", "127.0.0.1:0")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    # Nova's own word of each failure is beside the plug-in's.
    assert [event["id"] for event in events] == list(range(1, 26))
    assert Counter(event["source"] for event in events) == {"vifcast-nova": 22, "nova-fault": 3}
    ours = [event for event in events if event["source"] == "vifcast-nova"]
    assert len({event["operation_id"] for event in ours}) == 11
    phases = Counter((event["action"], event["phase"]) for event in ours)
    assert phases == {
        ("attach", "start"): 9,
        ("attach", "end"): 6,
        ("attach", "error"): 3,
        ("detach", "start"): 2,
        ("detach", "end"): 2,
    }
    assert {event["cause"] for event in ours} == {"api", "port_deleted"}


def test_a_reader_that_goes_away_is_no_error() -> None:
    with subprocess.Popen(
        [*DEMO, "--once", "--json", "--listen", "127.0.0.1:0"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        assert demo.stdout.readline()
        demo.stdout.close()
        assert demo.wait(timeout=60) == 0
        assert demo.stderr.read() == b""


def test_an_address_that_cannot_be_had_is_one_line() -> None:
    done = run("--once", "--listen", "0.0.0.0:8733")
    assert done.returncode == 1
    assert done.stderr.startswith("demo: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def staying(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The demo without ``--once``."""
    with subprocess.Popen(
        [*DEMO, "--listen", "127.0.0.1:0"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "TMPDIR": str(tmp_path)},
    ) as demo:
        yield demo
        demo.kill()


def asked(url: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        items: list[dict[str, Any]] = json.load(answer)["items"]
    return items


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.1)


def address_of(demo: subprocess.Popen[str]) -> str:
    assert demo.stdout is not None
    return next(
        line.split("The page: ")[1].split()[0] for line in demo.stdout if "The page: " in line
    )


def test_open_page_shows_what_a_real_nova_attaches_meanwhile(
    staying: subprocess.Popen[str],
) -> None:
    with chromium() as browser:
        watched = Watched(browser, f"{address_of(staying)}ui/")
        watched.page.goto("")
        rows = watched.page.locator("[data-feed] [data-row]")
        newest = rows.first.get_attribute("data-key")
        # Whatever comes is put above it, and has succeeded or failed in the end.
        above = f"[data-feed] [data-row]:has(~ [data-key='{newest}'])"
        expect(watched.page.locator(f"{above}[data-status=succeeded]").first).to_be_visible(
            timeout=TIMEOUT_MS
        )
        expect(watched.page.locator(f"{above}[data-status=running]")).to_have_count(
            0, timeout=TIMEOUT_MS
        )
        assert watched.faults == []
        watched.context.close()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_stays_up_with_its_page_until_it_is_ended(
    staying: subprocess.Popen[str], end: signal.Signals, tmp_path: Path
) -> None:
    url = address_of(staying)
    with urllib.request.urlopen(f"{url}ui/", timeout=10) as answer:
        assert "web-1" in answer.read().decode()
    # The story has 11 operations; the life after it goes on, and somebody is called about it.
    wait_until(lambda: len(asked(f"{url}v1/operations?limit=100")) > 11)
    wait_until(lambda: asked(f"{url}v1/deliveries?state=delivered"))
    wait_until(lambda: asked(f"{url}v1/hosts?state=covered"))
    staying.send_signal(end)
    assert staying.wait(timeout=20) == 0
    assert list(tmp_path.glob("vifcast-demo-*")) == []
