"""``python -m bench.web_child PATH``: the whole of ``vifcast serve`` on an SQLite file.

Five thousand hosts report when it starts, one in a hundred of them too late. Prints its URL; for
each number on stdin stores so many operations of now; ends with stdin.
"""

import datetime as dt
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from host_reports import make_report
from msgspec.structs import replace

from bench import bodies
from vifcast import times
from vifcast.config import load_settings
from vifcast.host import HostReport
from vifcast.model import Event
from vifcast.notification.interpret import interpret
from vifcast.serve import Server

HOSTS = 5000
_SILENT_EACH = 100


def main(path: str) -> None:
    """Serve until stdin ends."""
    with tempfile.TemporaryDirectory() as directory:
        overrides = {
            "DEFAULT.data_dir": directory,
            "database.connection": f"sqlite:///{Path(path).resolve()}",
            "ingest.transport_url": "memory://",
            "api.listen": "127.0.0.1:0",
        }
        with Server(load_settings(overrides=overrides)) as server:
            server.store.write([], [], list(_reports()))
            events = _events()
            print(server.url, flush=True)
            for line in sys.stdin:
                server.store.write(list(islice(events, 2 * int(line))), [])
                print("stored", flush=True)


def _events() -> Iterator[Event]:
    """Starts and ends of attaches, of the moment in which they are asked for."""
    for body in bodies.about_nics(10_000_000):
        now = times.now()
        found = interpret(body, now, 1 << 20)
        assert isinstance(found, Event)
        yield replace(found, occurred_at=now)


def _reports() -> Iterator[HostReport]:
    now = times.now()
    for number in range(HOSTS):
        at = now - dt.timedelta(hours=1) if number % _SILENT_EACH == 0 else now
        yield make_report(
            host=f"compute-{number:04}",
            message_id=f"report-of-{number}-{now.timestamp()}",
            reported_at=at,
            received_at=at,
            silent_at=at + dt.timedelta(minutes=15),
        )


if __name__ == "__main__":
    main(sys.argv[1])
