"""``make demo``: a real Nova attaches and detaches NICs, vifcast shows each one.

One process, no server: Nova's ComputeManager with its fake virt driver, its own
oslo.messaging on kombu's in-process broker, and vifcast reading from it.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from demo import story
from demo.cloud import Cloud
from demo.receiver import Customer
from demo.screen import Screen
from demo.stage import NotArrivedError, Stage
from vifcast.errors import VifcastError
from vifcast.representation import event_json
from vifcast.store import OperationQuery

PAUSE_S = 1.2
# So that the one compute host is covered from the first look on.
REPORT_INTERVAL_S = 10


def main() -> int:
    """Run the demo; returns the exit code."""
    arguments = _arguments()
    # So that the temporary folder goes, whoever ends the demo.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    screen = None if arguments.json else Screen()
    with tempfile.TemporaryDirectory(prefix="vifcast-demo-") as directory:
        stage = Stage(Path(directory), arguments.listen)
        try:
            _play(stage, screen, once=arguments.once)
        except KeyboardInterrupt:
            return 0
        except BrokenPipeError:  # `| head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        finally:
            stage.close()
    return 0


def _play(stage: Stage, screen: Screen | None, *, once: bool) -> None:
    if screen:
        screen.booting(version("nova"))
    nova = stage.boot_nova(0 if once else REPORT_INTERVAL_S)
    for step in story.steps(nova):
        _show(stage, step, screen)
    stock = stage.sent_by_nova_itself()
    if screen:
        known = stage.server.store.operations(OperationQuery(), limit=100).items
        screen.summary(list(reversed(known)), stock)
    if once:
        return
    with Customer(stage.server.url) as customer:
        if screen:
            screen.page(stage.server.url)
        for step in Cloud(nova, customer).minutes():
            time.sleep(PAUSE_S)
            _show(stage, step, screen)


def _show(stage: Stage, step: story.Step, screen: Screen | None) -> None:
    if screen:
        screen.step(step.title)
    for event in stage.carry_out(step):
        if screen:
            screen.arrived(event)
        else:
            print(json.dumps(event_json(event)), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make demo ARGS=…", description="A real Nova attaches and detaches NICs."
    )
    parser.add_argument("--once", action="store_true", help="end after the story")
    parser.add_argument("--json", action="store_true", help="one JSON object per stored event")
    parser.add_argument(
        "--listen", metavar="HOST:PORT", help="address of the page (127.0.0.1:8733)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (VifcastError, NotArrivedError) as error:
        sys.exit(f"demo: {error}")
