"""Runs the behaviour suite on releases of Nova and records the results in docs/releases.md.

``python3 tools/try_releases.py [--jobs 2] [queens zed]``, all releases when none is named.
A RabbitMQ (tests/support/rabbitmq.py) must be there; environments are built as needed.
Everything that a release's commands print is in .cache/log/release-<name>.log.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

import release_table
from command import exit_code
from places import LOGS, REPOSITORY
from progress import say
from releases import Release, chosen
from trial import Trial

PAGE = REPOSITORY / "docs" / "releases.md"
PROGRESS_INTERVAL_S = 30


async def try_all(releases: Sequence[Release], jobs: int) -> bool:
    """Try ``releases``, ``jobs`` at a time; returns whether all went well."""
    at_once = asyncio.Semaphore(jobs)
    running: dict[Trial, float] = {}
    failed: list[str] = []

    async def one(release: Release) -> None:
        async with at_once:
            trial = Trial(release)
            running[trial] = time.monotonic()
            say(f"  {release.name}: Nova {release.nova} …")
            row, is_fine = await trial.row()
            elapsed_s = time.monotonic() - running.pop(trial)
        # At once: what is done stays recorded if the rest is interrupted.
        rows = release_table.read(PAGE.read_text()) if PAGE.exists() else {}
        PAGE.write_text(release_table.write({**rows, release.name: row}))
        say(f"  {release.name}: {row.result} ({elapsed_s:.0f} s; {row.checked})")
        if not is_fine:
            failed.append(release.name)

    async def show() -> None:
        while True:
            await asyncio.sleep(PROGRESS_INTERVAL_S)
            now = time.monotonic()
            said = (f"{t.release.name}: {t.doing} ({now - at:.0f} s)" for t, at in running.items())
            say(f"  ... {', '.join(said)}")

    progress = asyncio.create_task(show())
    try:
        async with asyncio.TaskGroup() as group:
            for release in releases:
                group.create_task(one(release))
    finally:
        progress.cancel()
    if failed:
        say(f"\nFailed: {', '.join(failed)}. Their logs: {LOGS}/release-<name>.log")
    return not failed


def main(arguments: list[str]) -> int:
    """Try what is named; returns 1 when anything failed."""
    parser = argparse.ArgumentParser(prog="make releases", description=__doc__)
    parser.add_argument("--jobs", type=int, choices=range(1, 17), default=2, metavar="1..16")
    parser.add_argument("names", nargs="*")
    given = parser.parse_args(arguments)
    releases = chosen(given.names)
    say(f"{len(releases)} releases of Nova, {given.jobs} at a time; results go to {PAGE}")
    return 0 if asyncio.run(try_all(releases, given.jobs)) else 1


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
