"""From the end of an attach in nova-compute until a webhook is received, at 100 events a second.

Each notification says when Nova sent it, the database when it was taken from the bus and when its
delivery was written, and the receiver notes when the request is there: all by one machine's clock.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles

from lab import broker
from subscribed import subscribe

from bench import race
from bench.nova import Nova
from bench.report import bench_line
from vifcast.store import Location, Store
from vifcast.subscription.subscription import Format

_NOVAS = 2
_SECONDS = 20
# Each is a start and an end.
_ATTACHES_A_SECOND = 50
_QUIET_S = 2.0


class _Receiver:
    def __init__(self) -> None:
        self.received_at: dict[str, datetime] = {}
        received_at = self.received_at

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                now = datetime.now(UTC)
                self.rfile.read(int(self.headers["Content-Length"]))
                received_at.setdefault(self.headers["webhook-id"], now)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()


def run() -> None:
    """Print p50 and p99, and the share of each hop."""
    url = broker.new_vhost()
    receiver = _Receiver()
    with tempfile.TemporaryDirectory(prefix="vifcast-bench-") as directory:
        location = Location.of_file(Path(directory, "vifcast.sqlite3"))
        store = Store.open_for_writing(location)
        subscribe(store, url=receiver.url, format=Format.PLAIN, filter="type=interface.*")
        race.declare("peer_vifcast", url)
        service = _serve(directory, url)
        try:
            _attach(directory, broker.transport_url(url))
            _wait_for(lambda: _is_quiet(store, receiver))
            found = _hops(store, receiver)
            if not found:
                raise SystemExit(f"nothing was received: {Path(directory, 'log').read_text()}")
        finally:
            service.terminate()
            service.wait()
            store.close()
            receiver.close()
    _print(found, len(receiver.received_at))


def _serve(directory: str, url: str) -> "subprocess.Popen[bytes]":
    with Path(directory, "log").open("wb") as log:
        return subprocess.Popen(
            [
                *(str(Path(sys.executable).with_name("vifcast")), "serve"),
                *("--data-dir", directory, "--listen", "127.0.0.1:0"),
            ],
            env=os.environ
            | {
                "VIFCAST_TRANSPORT_URL": url,
                "OS_DELIVERY__ALLOWED_NETWORKS": "127.0.0.0/8",
            },
            stdout=log,
            stderr=log,
        )


def _attach(directory: str, url: str) -> None:
    """Have Novas attach, and detach again, at a steady rate."""
    novas = []
    for number in range(_NOVAS):
        own = Path(directory, f"nova-{number}")
        own.mkdir()
        novas.append(Nova(["vifcast"], str(own), url))
    began_at = time.monotonic()
    with ThreadPoolExecutor(_NOVAS) as threads:
        attached = sum(threads.map(_attach_steadily, novas))
    took_s = time.monotonic() - began_at
    print(f"  {attached / took_s:,.0f} attaches a second for {took_s:.0f} s", flush=True)
    for nova in novas:
        nova.close()


def _attach_steadily(nova: Nova) -> int:
    began_at = time.monotonic()
    attached = 0
    while time.monotonic() - began_at < _SECONDS:
        nova.attach(1)
        attached += 1
        pause_s = began_at + attached * _NOVAS / _ATTACHES_A_SECOND - time.monotonic()
        time.sleep(max(0.0, pause_s))
    return attached


def _is_quiet(store: Store, receiver: _Receiver) -> bool:
    """Whether all that is stored was received, and nothing more comes."""
    stored = store.last_event_id()
    time.sleep(_QUIET_S)
    return stored == store.last_event_id() == len(receiver.received_at)


def _wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not is_so():
        if time.monotonic() > until:
            raise SystemExit("not everything that Nova sent was received within two minutes")
        time.sleep(0.05)


def _hops(store: Store, receiver: _Receiver) -> list[list[float]]:
    """Of each end of an attach: milliseconds until read, stored, begun to be sent, received."""
    found = []
    with store.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT e.message_id, e.occurred_at, e.received_at, d.created_at, a.started_at "
            "FROM event e JOIN delivery d ON d.event_id = e.id "
            "JOIN attempt a ON a.delivery_id = d.id AND a.number = 1 "
            "WHERE e.action = 'attach' AND e.phase = 'end'"
        )
        for message_id, *texts in rows:
            moments = [datetime.fromisoformat(f"{text}+00:00") for text in texts]
            moments.append(receiver.received_at[message_id])
            found.append([(b - a).total_seconds() * 1000 for a, b in pairwise(moments)])
    return found


def _print(found: list[list[float]], received: int) -> None:
    print(f"  {received} events received, {len(found)} ends of attaches looked at")
    total = [sum(each) for each in found]
    p50, p99 = median(total), quantiles(total, n=100)[98]
    names = ("outbox, RabbitMQ and reading", "until stored", "until it is sent", "HTTP")
    for name, steps in zip(names, zip(*found, strict=True), strict=True):
        share = sum(steps) / sum(total)
        print(
            f"{name}: p50 {median(steps):.1f} ms, p99 {quantiles(steps, n=100)[98]:.1f} ms, "
            f"{share:.0%} of all"
        )
    bench_line(
        "attach_to_webhook_ms", p99 / p50, f"p99 {p99:.1f} ms", f"p50 {p50:.1f} ms, from Nova's end"
    )
