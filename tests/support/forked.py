"""Processes that work with the store, started within milliseconds, to be killed at any moment.

They are forked from one that has imported everything, which takes a second or two of each
that is started as ``vifcast``. ``python3 forked.py`` reads lines from stdin: ``ingest``,
``declare`` or ``upgrade`` with TRANSPORT_URL DATABASE_URL prints the id of the process that
does it, ``wait`` with such an id prints how it ended. It ends with stdin, and ends its children.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import traceback
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
from vifcast.store import Location, Store
from vifcast.store.migrations.run import migrations

# Otherwise imported once they are needed.
LATE = (psycopg, pymysql, migrations)


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


def upgrade(_transport_url: str, database_url: str) -> None:
    """The schema."""
    Store.open_for_writing(Location.from_url(database_url)).close()


class Forked:
    """Starts them, for a test."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, work: str, location: Location, transport_url: str = "-") -> int:
        """The id of a new one, which has yet to connect."""
        url = location.url.render_as_string(hide_password=False)
        return self._order(work, transport_url, url)

    def wait(self, pid: int) -> int:
        """Its exit code, once it has ended; minus the signal, if one ended it."""
        return self._order("wait", str(pid))

    def _order(self, *words: str) -> int:
        print(*words, file=self._parent.stdin, flush=True)
        return int(self._parent.stdout.readline() if self._parent.stdout else "")

    def close(self) -> None:
        """End all of them."""
        self._parent.communicate()


WORK = {"ingest": ingest, "declare": declare, "upgrade": upgrade}


def fork(work: Callable[[str, str], None], *urls: str) -> int:
    """Its process id."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work(*urls)
            code = 0
        except BaseException:  # noqa: BLE001 - said, and its exit code says it too
            traceback.print_exc()
        finally:
            os._exit(code)
    return pid


def main() -> None:
    """See the module's docstring."""
    logging.basicConfig(level=logging.WARNING)
    running: set[int] = set()
    for line in sys.stdin:
        word, *words = line.split()
        if word == "wait":
            running.remove(int(words[0]))
            _, status = os.waitpid(int(words[0]), 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = fork(WORK[word], *words)
        running.add(pid)
        print(pid, flush=True)
    for pid in running:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
