"""The listeners of docs/listen.md, as they stand there, beside a real Nova."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nova_story import run_novas_story

from broker_fixtures import Vhost
from nova_bus import bus_channel, start_rpc_server

PAGE = Path(__file__).parents[1] / "docs" / "listen.md"
ARRIVAL_S = 60.0
# Of Debian's packages golang-go and golang-github-rabbitmq-amqp091-go-dev.
GO = {"GOPATH": "/usr/share/gocode", "GO111MODULE": "off"}
SENT = ["attach.start", "attach.end", "detach.start", "detach.end"]
STORY = [*SENT, "attach.start", "attach.error", *SENT]


def example(heading: str, language: str) -> str:
    section = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    (code,) = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    return code


def python(directory: Path, heading: str) -> list[str]:
    script = directory / "listener.py"
    script.write_text(example(heading, "python"))
    return [sys.executable, "-W", "ignore", str(script)]


def go(directory: Path, heading: str) -> list[str]:
    source, program = directory / "listener.go", directory / "listener"
    source.write_text(example(heading, "go"))
    cache = {"GOCACHE": str(directory / "cache"), "HOME": str(directory)}
    subprocess.run(
        ["go", "build", "-o", str(program), str(source)],
        env={**os.environ, **GO, **cache},
        check=True,
    )
    return [str(program)]


@pytest.fixture
def vhost_of_nova(vhost: Vhost) -> Iterator[Vhost]:
    with bus_channel(vhost.url) as channel:
        start_rpc_server(channel, quorum=False)
        yield vhost


LISTENERS = {
    "Python, oslo.messaging": (python, "rabbit"),
    "Python, kombu": (python, "amqp"),
    "Go": (go, "amqp"),
}


@pytest.mark.parametrize("heading", LISTENERS)
def test_listener_of_the_page_prints_what_nova_sends(
    heading: str, vhost_of_nova: Vhost, tmp_path: Path
) -> None:
    build, scheme = LISTENERS[heading]
    command = build(tmp_path, heading)
    url = vhost_of_nova.transport_url if scheme == "rabbit" else vhost_of_nova.url
    out = tmp_path / "out"
    with out.open("w") as file:
        listener = subprocess.Popen(
            command, env={**os.environ, "VIFCAST_BUS": url}, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        wait_until(lambda: is_consumed(vhost_of_nova), listener, out)
        run_novas_story(vhost_of_nova, tmp_path / "nova")
        wait_until(lambda: len(lines_of(out)) >= len(STORY), listener, out)
    finally:
        listener.terminate()
        listener.wait(timeout=20)
    found = [line.split() for line in sorted(lines_of(out))]
    assert [each[2].removeprefix("compute.instance.interface_") for each in found] == STORY
    assert all(re.fullmatch(r"[0-9a-f-]{36}", each[3]) for each in found)
    assert {each[-1] for each in found} == {"compute1"}


def is_consumed(vhost: Vhost) -> bool:
    """The listener reads its queue, or queues: oslo.messaging has one for both keys."""
    queues = [each for each in vhost.broker.queues(vhost.name) if each["name"].startswith("my-cmp")]
    return bool(queues) and all(each.get("consumers") for each in queues)


def lines_of(out: Path) -> list[str]:
    return [line for line in out.read_text().splitlines() if "interface_" in line]


def wait_until(is_so: Callable[[], bool], listener: subprocess.Popen[bytes], out: Path) -> None:
    until = time.monotonic() + ARRIVAL_S
    while not is_so():
        assert listener.poll() is None, out.read_text()
        assert time.monotonic() < until, out.read_text()
        time.sleep(0.1)
