"""Ingest in processes of its own, killed again and again.

``python3 ingesters.py TRANSPORT_URL DATABASE_URL KILLS`` runs one after the other; each is
killed (SIGKILL) at a random moment of its first 150 ms, which is when it connects, takes what
waits in the queue, writes, commits and acknowledges. ``killed`` is printed for each; the one
after them is left alone, until stdin ends.

They are forked, so that each begins its work after some milliseconds and not after the second
that Python needs to import everything.
"""

import logging
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable

import psycopg
import pymysql

from vifcast.bus.link import Link
from vifcast.bus.topology import topology_from
from vifcast.bus.transport_url import parse_transport_url
from vifcast.config import load_settings
from vifcast.ingest.loop import IngestLoop
from vifcast.ingest.state import IngestState
from vifcast.metrics import Metrics
from vifcast.store.location import Location
from vifcast.store.store import Store

LONGEST_LIFE_S = 0.15
IMPORTED = (psycopg, pymysql)


def ingest(transport_url: str, database_url: str) -> None:
    """Until killed; small batches, so that there are many commits to be killed in."""
    settings = load_settings(
        overrides={"ingest.batch_size": 20, "ingest.prefetch": 100, "ingest.retry_max_s": 0.1}
    )
    IngestLoop(
        parse_transport_url(transport_url),
        settings.ingest,
        Store(Location.from_url(database_url)),
        metrics=Metrics(),
        state=IngestState(),
        stopping=threading.Event(),
    ).run()


def declare(transport_url: str, _database_url: str) -> None:
    """The queue: what is published before the first one lives must wait somewhere."""
    ingest = load_settings().ingest
    Link.connect(
        parse_transport_url(transport_url),
        topology_from(ingest),
        prefetch=ingest.prefetch,
        heartbeat_s=ingest.heartbeat_s,
        timeout_s=ingest.connect_timeout_s,
    ).close()


def start(work: Callable[[str, str], None], *urls: str) -> int:
    """A process that does some work; its id."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work(*urls)
            code = 0
        finally:
            os._exit(code)
    return pid


def end(pid: int) -> None:
    """Kill it. Raises ChildProcessError where it has ended by itself."""
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status):
        raise ChildProcessError("it ended by itself")


def main(transport_url: str, database_url: str, kills: str) -> None:
    """See the module's docstring."""
    logging.basicConfig(level=logging.WARNING)
    urls = transport_url, database_url
    os.waitpid(start(declare, *urls), 0)
    print("declared", flush=True)
    for _ in range(int(kills)):
        pid = start(ingest, *urls)
        time.sleep(random.uniform(0, LONGEST_LIFE_S))  # noqa: S311 - no secret
        end(pid)
        print("killed", flush=True)
    pid = start(ingest, *urls)
    print("alive", flush=True)
    sys.stdin.read()
    end(pid)


if __name__ == "__main__":
    main(*sys.argv[1:])
