"""Processes that ingest, started within milliseconds, to be killed at any moment.

They are forked from one that has imported everything, which takes a second or two of each
that is started as ``vifcast serve``. ``python3 ingesters.py`` reads lines from stdin, ``ingest
TRANSPORT_URL DATABASE_URL`` or ``declare``, and prints the id of the process that does it.
It ends with stdin, and ends its children.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

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

# Elsewhere imported once they are needed.
DRIVERS = (psycopg, pymysql)


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


class Ingesters:
    """Starts them, for a test."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, transport_url: str, location: Location) -> int:
        """The id of a new one, which has yet to connect."""
        return self._tell("ingest", transport_url, location)

    def declare(self, transport_url: str, location: Location) -> None:
        """Have one declare the queue: what is published before the first has to wait there."""
        pid = self._tell("declare", transport_url, location)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.01)

    def _tell(self, word: str, transport_url: str, location: Location) -> int:
        url = location.url.render_as_string(hide_password=False)
        print(word, transport_url, url, file=self._parent.stdin, flush=True)
        return int(self._parent.stdout.readline() if self._parent.stdout else "")

    def close(self) -> None:
        """End all of them."""
        self._parent.communicate()


WORK = {"ingest": ingest, "declare": declare}


def main() -> None:
    """See the module's docstring."""
    logging.basicConfig(level=logging.WARNING)
    # Nobody waits for those that were killed.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    pids = []
    for line in sys.stdin:
        word, *urls = line.split()
        pid = os.fork()
        if pid == 0:
            try:
                WORK[word](*urls)
            finally:
                os._exit(1)
        pids.append(pid)
        print(pid, flush=True)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
