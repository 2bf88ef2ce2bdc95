"""vifcast: the ingest of ``vifcast serve``, ledger included.

Into SQLite on disk, or the database that ``VIFCAST_BENCH_DATABASE`` names by its URL; with as many
subscriptions to everything as ``VIFCAST_BENCH_SUBSCRIPTIONS`` says, to none of which is delivered.
"""

import json
import os
import sys
import tempfile
import threading
from pathlib import Path

from subscribed import subscribe

from bench.meter import Meter
from vifcast.bus.link import Link, ReceivedMessage
from vifcast.bus.topology import topology_from
from vifcast.bus.transport_url import parse_transport_url
from vifcast.config import load_settings
from vifcast.ingest import loop as loop_module
from vifcast.ingest.garbage_collector import suit_batches
from vifcast.ingest.loop import IngestLoop
from vifcast.ingest.state import IngestState
from vifcast.metrics import Metrics
from vifcast.store import Location, Store


class _MeteredLink(Link):
    """Reports a batch when it has been acknowledged, so once it is stored."""

    meter: Meter

    def acknowledge(self, deliveries: list[ReceivedMessage]) -> None:
        super().acknowledge(deliveries)
        self.meter.done(len(deliveries))


def main(url: str, count: int) -> float:
    """Take ``count`` notifications; returns how many a second."""
    suit_batches()
    with tempfile.TemporaryDirectory(prefix="vifcast-bench-") as directory:
        conf = Path(directory, "vifcast.conf")
        conf.write_text("")
        settings = load_settings(conf, {"ingest.transport_url": url})
        broker = parse_transport_url(url)
        if not count:
            Link.connect(
                broker,
                topology_from(settings.ingest),
                prefetch=1,
                heartbeat_s=0,
                timeout_s=5,
            ).close()
            return 0
        store = Store.open_for_writing(_location(directory))
        for _ in range(int(os.environ.get("VIFCAST_BENCH_SUBSCRIPTIONS", "0"))):
            subscribe(store)
        meter, stopping = Meter(count), threading.Event()
        _MeteredLink.meter = meter
        loop_module.Link = _MeteredLink  # type: ignore[misc]
        loop = IngestLoop(
            broker,
            settings.ingest,
            store,
            metrics=Metrics(),
            state=IngestState(),
            stopping=stopping,
        )
        thread = threading.Thread(target=loop.run)
        thread.start()
        meter.finished.wait()
        stopping.set()
        thread.join()
        store.close()
        return meter.rate


def _location(directory: str) -> Location:
    url = os.environ.get("VIFCAST_BENCH_DATABASE")
    return Location.from_url(url) if url else Location.of_file(Path(directory, "vifcast.sqlite3"))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
