"""``make demo``: a real Nova attaches and detaches NICs, vifcast shows each one.

One process, no server: Nova's ComputeManager with its fake virt driver, its own
oslo.messaging on kombu's in-process broker, and vifcast reading from it.
"""

import argparse
import json
import os
import queue
import sys
import tempfile
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from lab import compute
from lab.wire import Wire, is_about_nics

from demo import story
from demo.screen import Screen
from vifcast.config import load_settings
from vifcast.errors import ListenError, VifcastError
from vifcast.model import Event
from vifcast.representation import event_json
from vifcast.serve import Server
from vifcast.store.page import OperationQuery

BUS = "memory://"
NOVAS_BUS = "kombu+memory:////"
ARRIVAL_S = 20.0
PAUSE_S = 4.0


def main() -> int:
    """Run the demo; returns the exit code."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="vifcast-demo-") as directory:
        events: queue.Queue[Event] = queue.Queue()
        ear = Wire(BUS)
        server = _start(Path(directory), arguments.listen, events)
        try:
            return _play(arguments, Path(directory), server, events, ear)
        except KeyboardInterrupt:
            return 0
        except BrokenPipeError:  # `| head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        finally:
            server.stop()


def _play(
    arguments: argparse.Namespace,
    directory: Path,
    server: Server,
    events: queue.Queue[Event],
    ear: Wire,
) -> int:
    screen = None if arguments.json else Screen()
    if screen:
        screen.booting(version("nova"))
    nova = compute.boot(str(directory), NOVAS_BUS, "unversioned", ("messagingv2", "vifcast"))
    for step in story.steps(nova):
        if not _carry_out(step, events, screen):
            return 1
    stock = Counter(n["_routing_key"] for n in ear.take() if not is_about_nics(n))
    ear.close()
    if screen:
        known = server.store.operations(OperationQuery(), limit=100).items
        screen.summary(list(reversed(known)), stock)
    if arguments.once:
        return 0
    if screen:
        screen.page(server.url)
    for step in story.endless(nova):
        time.sleep(PAUSE_S)
        if not _carry_out(step, events, screen):
            return 1
    return 0


def _carry_out(step: story.Step, events: queue.Queue[Event], screen: Screen | None) -> bool:
    """Do it and wait for its start and its end or error; False if they do not come."""
    if screen:
        screen.step(step.title)
    step.call()
    for _ in range(2 * step.operations):
        try:
            event = events.get(timeout=ARRIVAL_S)
        except queue.Empty:
            print(
                f"demo: '{step.title}': not all of its notifications have arrived in "
                f"vifcast's store within {ARRIVAL_S:.0f} s",
                file=sys.stderr,
            )
            return False
        if screen:
            screen.arrived(event)
        else:
            print(json.dumps(event_json(event)), flush=True)
    return True


def _start(directory: Path, listen: str | None, events: queue.Queue[Event]) -> Server:
    """vifcast, with its page on ``listen``; by default on its usual port, or a free one."""
    conf = directory / "vifcast.conf"
    conf.write_text("# the demo takes nothing from this machine's own configuration\n")
    for address in [listen] if listen else [None, "127.0.0.1:0"]:
        settings = load_settings(
            conf,
            {
                "ingest.transport_url": BUS,
                "DEFAULT.data_dir": str(directory),
                "api.listen": address,
            },
        )
        server = Server(settings, on_events=lambda new: [events.put(event) for event in new])
        try:
            server.start()
        except ListenError:
            if address:
                raise
        else:
            return server
    raise AssertionError("the last address is a free port or was refused above")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo ARGS=…", description=__doc__.split("\n")[0])
    parser.add_argument("--once", action="store_true", help="end after the story")
    parser.add_argument("--json", action="store_true", help="one JSON object per stored event")
    parser.add_argument(
        "--listen", metavar="HOST:PORT", help="address of the page (127.0.0.1:8733)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except VifcastError as error:
        sys.exit(f"demo: {error}")
