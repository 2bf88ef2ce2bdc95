"""Runs the parts in order; each is bounded in time, and none can stop the others."""

import queue
import threading
import traceback
from collections.abc import Callable, Iterator

from vifcast.bus.transport_url import Broker, parse_transport_url
from vifcast.config import Settings
from vifcast.doctor import broker, database, exchange, probe, queues, service
from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, fail, ok, warn
from vifcast.errors import VifcastError

Part = Callable[[Case], Iterator[Line]]

# After the broker, what goes through its connection; then what needs none.
_PARTS: tuple[tuple[str, Part], ...] = (
    ("broker", broker.look),
    ("exchange", exchange.look),
    ("queue", queues.look),
    ("serve", service.look),
    ("database", database.look),
    ("sources", database.look_at_sources),
    ("hosts", database.look_at_hosts),
)

# For a part with everything it waits for: names that resolve slowly, a table of millions.
_PART_S = 20.0


def examine(settings: Settings, *, timeout_s: float, send_probe: bool) -> Iterator[Line]:
    """The lines, each as soon as it is known.

    ``timeout_s`` is how long a broker or the service may take for one answer, and a probe
    to arrive.
    """
    try:
        line, found = _configuration(settings)
    except VifcastError as error:
        yield fail("configuration", f"{error}.", "Correct it; the rest was not looked at.")
        return
    yield line
    case = Case(settings, found, timeout_s)
    parts = _PARTS + ((("probe", probe.look),) if send_probe else ())
    limit_s = _PART_S + timeout_s * (2 + len(found.hosts))
    try:
        for name, look in parts:
            yield from _bounded(name, look, case, limit_s)
    finally:
        if case.store is not None:
            case.store.close()


def _configuration(settings: Settings) -> tuple[Line, Broker]:
    url = settings.ingest.transport_url
    if not url:
        return fail(
            "configuration",
            "no broker is named.",
            "Give --transport-url, VIFCAST_TRANSPORT_URL or [ingest] transport_url, the same "
            "as transport_url in nova.conf.",
        ), Broker(())
    found = parse_transport_url(url)
    if found.in_process:
        return warn(
            "configuration",
            "the broker is inside the process of vifcast serve; nobody else can look at it.",
            "For a real one give transport_url, as in nova.conf.",
        ), found
    return ok("configuration", f"read; broker {found}."), found


def _bounded(name: str, look: Part, case: Case, limit_s: float) -> Iterator[Line]:
    """The part's lines; one that says so where it fails or does not end."""
    lines: queue.SimpleQueue[Line | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            for line in look(case):
                lines.put(line)
        except VifcastError as error:
            lines.put(fail(name, f"{error}.", "Mend this first, then run this again."))
        except Exception as error:  # noqa: BLE001 - said, and the other parts go on
            # The class and the place only: its text could hold a value of the configuration.
            place = traceback.extract_tb(error.__traceback__)[-1]
            lines.put(
                fail(
                    name,
                    f"this could not be found out: {type(error).__name__} in {place.filename}, "
                    f"line {place.lineno}.",
                    "Please report this line.",
                )
            )
        lines.put(None)

    threading.Thread(target=run, daemon=True, name=f"vifcast-doctor-{name}").start()
    while True:
        try:
            line = lines.get(timeout=limit_s)
        except queue.Empty:
            if name in {"broker", "exchange", "queue"}:
                # Whatever still uses the connection: nobody else may.
                case.open_host = None
            yield fail(name, f"no end within {limit_s:g} s.", "Run this again with more --timeout.")
            return
        if line is None:
            return
        yield line
