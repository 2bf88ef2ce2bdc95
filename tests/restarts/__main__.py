"""The command; see the package. Its last line is ``RESTARTS restarts=… sent=… stored=… …``."""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.restarts.cloud import Cloud, wait_until
from tests.restarts.ledger import Verdict, judge, returned_moves
from tests.restarts.rounds import Fate, Round, rounds

SETTLES_WITHIN_S = 180.0


def play(cloud: Cloud, each: Round) -> None:
    """One restart of the broker and what goes with it; afterwards all three run."""
    for part, fate in ((cloud.nova, each.nova), (cloud.service, each.service)):
        if fate in (Fate.STARTS_FIRST, Fate.STARTS_LAST):
            part.stop() if part is cloud.service else part.kill()
    if each.is_crash:
        cloud.broker.kill()
    else:
        cloud.broker.stop()
    _while_away(cloud, each)
    cloud.broker.start()
    _after(cloud, each)


def _while_away(cloud: Cloud, each: Round) -> None:
    back_at = time.monotonic() + each.down_s
    if each.nova is Fate.STARTS_FIRST:
        cloud.start_nova()
    if each.service is Fate.STARTS_FIRST:
        cloud.start_service()
    time.sleep(max(0.0, back_at - time.monotonic()) / 2)
    if each.nova is Fate.KILLED:
        cloud.nova.kill()
        cloud.start_nova()
    if each.service is Fate.KILLED:
        cloud.service.kill()
        cloud.start_service()
    time.sleep(max(0.0, back_at - time.monotonic()))


def _after(cloud: Cloud, each: Round) -> None:
    if each.service is Fate.STARTS_LAST:
        # Nova is back at the bus, and has sent all that waited, before anybody listens.
        cloud.wait_until_sent()
        cloud.start_service()
    if each.nova is Fate.STARTS_LAST:
        cloud.start_nova()
    cloud.wait_until_sent()


def settled(cloud: Cloud) -> Verdict:
    """The verdict, once all is sent and the service has stored what there is.

    Nova is killed for the last time, and the next one closes what that left open.
    """
    cloud.nova.kill()
    cloud.rest()
    return _verdict_within(cloud, returned_moves(cloud.returned))


def _verdict_within(cloud: Cloud, returned: list[tuple[str, str, str]]) -> Verdict:
    deadline = time.monotonic() + SETTLES_WITHIN_S
    while True:
        verdict = judge(returned, cloud.data_dir)
        if verdict.is_complete or time.monotonic() > deadline:
            return verdict
        time.sleep(1)


def main() -> int:
    """Play all rounds; 1 where anything was lost, doubled or wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.restarts", description=__doc__)
    parser.add_argument("--restarts", type=int, default=40)
    parser.add_argument("--shortest-s", type=float, default=5.0)
    parser.add_argument("--longest-s", type=float, default=60.0)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="vifcast-restarts-"))
    print(f"Files and logs: {folder}", flush=True)
    with Cloud(folder / "cloud") as cloud:
        cloud.start_service()
        wait_until(
            lambda: b"reading" in cloud.service.log.read_bytes(), "the service reads nothing"
        )
        cloud.start_nova()
        for number, each in enumerate(rounds(asked.restarts, asked.shortest_s, asked.longest_s)):
            print(f"{number + 1:3} {each}", flush=True)
            play(cloud, each)
        verdict = settled(cloud)
    for sentence in verdict.wrong:
        print(sentence)
    print(
        f"RESTARTS restarts={asked.restarts} sent={verdict.sent} stored={verdict.stored} "
        f"lost={verdict.lost} doubled={verdict.doubled}"
    )
    if not verdict.is_complete:
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
