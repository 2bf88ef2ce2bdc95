"""The command; see the package. Its last line is ``CHAOS events=… kills=… deliveries=… …``."""

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rabbitmq import RabbitMQ
from tests.chaos.faults import Faults
from tests.chaos.parts import Parts, wait_until
from tests.chaos.story import Story
from tests.chaos.verdict import Verdict, judge, stored, unfinished

QUIET_WITHIN_S = 300.0


@dataclass(frozen=True)
class Bus:
    """A virtual host."""

    url: str
    transport_url: str


@contextlib.contextmanager
def bus() -> Iterator[Bus]:
    """A virtual host on the broker that the tests have, or on one of its own."""
    with contextlib.ExitStack() as steps:
        broker = RabbitMQ.from_environment() or steps.enter_context(RabbitMQ())
        name = f"chaos-{uuid.uuid4().hex[:8]}"
        broker.create_vhost(name)
        steps.callback(broker.delete_vhost, name)
        yield Bus(broker.url(name), broker.transport_url(name))


def play(
    folder: Path, kind: str, kills: int, random: Random, per_s: float
) -> tuple[int, int, Verdict]:
    """Faults until so many were killed, and quiet: published events, kills, and the verdict."""
    with bus() as on, Parts(folder, kind, on.transport_url) as parts:
        story = Story(on.url, random, per_s)
        wait_until(lambda: _is_read(parts), f"nothing is read; see {folder}")
        story.start()
        faults = Faults(parts, random)
        while faults.kills < kills:
            time.sleep(random.uniform(0.2, 3))
            faults.one()
            print(f"{kind} {faults.kills:3} {dict(faults.count)}", file=sys.stderr, flush=True)
        time.sleep(2)
        story.end()
        with contextlib.suppress(RuntimeError):  # the verdict has what is missing
            wait_until(
                lambda: stored(parts.store) >= len(story.published) and not unfinished(parts.store),
                "something waits still",
                QUIET_WITHIN_S,
            )
        verdict = judge(parts.store, parts.subscriptions, story.published, parts.journals)
        left = unfinished(parts.store)
        if left:
            print(f"{left} deliveries are not finished; see {folder}")
        return len(story.published), faults.kills, verdict


def _is_read(parts: Parts) -> bool:
    ingesting = [each for each in parts.vifcasts if not each.name.startswith("deliver")]
    return all(each.log.exists() and b"reading" in each.log.read_bytes() for each in ingesting)


def main() -> int:
    """Play on each database; 1 where anything was lost or disordered."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="on each database")
    parser.add_argument("--databases", default="postgresql,mariadb,sqlite")
    parser.add_argument("--per-s", type=float, default=60.0, help="events a second")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="vifcast-chaos-"))
    print(f"Seed {asked.seed}; files and logs: {folder}", flush=True)
    random = Random(asked.seed)  # noqa: S311 - no secret
    played = [
        play(folder / kind, kind, asked.kills, random, asked.per_s)
        for kind in asked.databases.split(",")
    ]
    events, kills = sum(each[0] for each in played), sum(each[1] for each in played)
    verdicts = [each[2] for each in played]
    for verdict in verdicts:
        for sentence in verdict.wrong:
            print(sentence)
    lost, disordered = (
        sum(getattr(each, name) for each in verdicts) for name in ("lost", "disordered")
    )
    print(
        f"CHAOS events={events} kills={kills} "
        f"deliveries={sum(each.deliveries for each in verdicts)} "
        f"repeats={sum(each.repeats for each in verdicts)} lost={lost} disordered={disordered}"
    )
    if lost or disordered:
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
