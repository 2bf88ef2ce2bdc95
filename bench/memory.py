"""Memory of ``vifcast serve`` after ten thousand, a hundred thousand and a million events."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lab import broker

from bench import bodies, bus, race
from bench.report import bench_line
from bench.usage import resident_mib_of
from vifcast.store import Location, Store

_MARKS = (10_000, 100_000, 1_000_000)
_AT_ONCE = 10_000
_BATCH_S = 300


def run() -> None:
    """Print the comparison."""
    url = broker.new_vhost()
    race.declare("peer_vifcast", url)
    with tempfile.TemporaryDirectory(prefix="vifcast-bench-") as directory:
        # Opened first, so that it need not be waited for: makes the database.
        store = Store.open_for_writing(Location.of_file(Path(directory, "vifcast.sqlite3")))
        command = [Path(sys.executable).with_name("vifcast"), "serve", "--data-dir", directory]
        with Path(directory, "log").open("wb") as log:
            service = subprocess.Popen(
                [*command, "--listen", "127.0.0.1:0"],
                env=os.environ | {"VIFCAST_TRANSPORT_URL": url},
                stdout=log,
                stderr=log,
            )
        try:
            resident_mib = _feed(url, store, service.pid)
        finally:
            service.terminate()
            service.wait()
            store.close()
    first, last = resident_mib[_MARKS[0]], resident_mib[_MARKS[-1]]
    bench_line(
        "memory_over_events",
        last / first,
        f"{last:.1f} MiB after {_MARKS[-1]:,} events",
        f"{first:.1f} MiB after {_MARKS[0]:,}",
    )


def _feed(url: str, store: Store, pid: int) -> dict[int, float]:
    resident_mib = {}
    for sent in range(_AT_ONCE, _MARKS[-1] + 1, _AT_ONCE):
        bus.publish(url, bodies.about_nics(_AT_ONCE))
        _wait_for(store, sent)
        if sent in _MARKS:
            resident_mib[sent] = resident_mib_of(pid)
            print(f"  {sent:,} events: {resident_mib[sent]:.1f} MiB", flush=True)
    return resident_mib


def _wait_for(store: Store, event_id: int) -> None:
    until = time.monotonic() + _BATCH_S
    while store.last_event_id() < event_id:
        if time.monotonic() > until:
            raise SystemExit(f"vifcast serve stored {store.last_event_id()} of {event_id} events")
        time.sleep(0.1)
