"""Runs the parts in order; each is bounded in time, and none can stop the others."""

import queue
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from vifcast.bus.configured import configured_brokers
from vifcast.bus.transport_url import Broker, parse_transport_url
from vifcast.config import Settings
from vifcast.doctor import (
    broker,
    database,
    exchange,
    facts,
    lane,
    probe,
    queues,
    receivers,
    service,
)
from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, fail, ok, sentence, warn
from vifcast.errors import ConfigError, VifcastError
from vifcast.ingest_settings import IngestSettings

Part = Callable[[Case], Iterator[Line]]

# The others of these go through the connection that the first one makes.
_BROKER_PARTS: tuple[tuple[str, Part], ...] = (
    ("broker", broker.look),
    ("exchange", exchange.look),
    ("lane", lane.look),
    ("queue", queues.look),
)
_OTHER_PARTS: tuple[tuple[str, Part], ...] = (
    ("serve", service.look),
    ("database", database.look),
    ("sources", database.look_at_sources),
    ("facts", facts.look),
    ("hosts", database.look_at_hosts),
    ("host lane", database.look_at_lane),
    ("gaps", database.look_at_gaps),
    ("subscriptions", receivers.look),
)

# For a part with everything it waits for: names that resolve slowly, a table of millions.
_PART_S = 20.0


def examine(settings: Settings, *, timeout_s: float, send_probe: bool) -> Iterator[Line]:
    """The lines, each as soon as it is known: those of each broker, then those of all.

    ``timeout_s`` is how long a broker or the service may take for one answer, and a probe
    to arrive.
    """
    cases: list[Case] = []
    try:
        for ingest in settings.brokers:
            line, found = _configuration(settings, ingest)
            cases.append(Case(settings, ingest, found, timeout_s))
            yield replace(line, broker=ingest.name)
            yield from _of_broker(_BROKER_PARTS if found.hosts else (), cases[-1])
        if len(cases) > 1 and all(case.broker.hosts for case in cases):
            yield from _same_broker_twice(settings)
        yield from _lines(_OTHER_PARTS, cases[0])
        if send_probe:
            for case in cases:
                case.store = cases[0].store
                yield from _of_broker((("probe", probe.look),), case)
    finally:
        for case in cases:
            if case.open_host is not None:
                case.open_host.close()
        if cases and cases[0].store is not None:
            cases[0].store.close()


def _of_broker(parts: Iterable[tuple[str, Part]], case: Case) -> Iterator[Line]:
    for line in _lines(parts, case):
        yield replace(line, broker=case.ingest.name)


def _lines(parts: Iterable[tuple[str, Part]], case: Case) -> Iterator[Line]:
    for name, look in parts:
        limit_s = _PART_S + case.timeout_s * (2 + len(case.broker.hosts))
        yield from _bounded(name, look, case, limit_s)


def _configuration(settings: Settings, ingest: IngestSettings) -> tuple[Line, Broker]:
    """The line of the configuration, and the broker; it has no hosts if none can be examined."""
    url = ingest.transport_url
    advice = (
        "Give --transport-url, VIFCAST_TRANSPORT_URL or [ingest] transport_url, the same as "
        "transport_url in nova.conf."
    )
    if ingest.name is not None:
        advice = f"Correct [{ingest.name}] transport_url: the same as transport_url in nova.conf."
    if not url:
        return fail("configuration", "no broker is named.", advice), Broker(())
    try:
        found = parse_transport_url(url)
    except ConfigError as error:
        return fail("configuration", sentence(error), advice), Broker(())
    if found.in_process:
        inside = "the broker is inside the process of vifcast serve; nothing else can reach it."
        return warn("configuration", inside, advice), found
    read = f"read; the broker is {found}."
    if settings.notices:
        return warn("configuration", read, f"{'; '.join(settings.notices)}."), found
    return ok("configuration", read), found


def _same_broker_twice(settings: Settings) -> Iterator[Line]:
    """A line where two of the brokers are one."""
    try:
        configured_brokers(settings)
    except ConfigError as error:
        yield fail("configuration", sentence(error), "Correct it; vifcast serve does not start.")


def _bounded(name: str, look: Part, case: Case, limit_s: float) -> Iterator[Line]:
    """The part's lines; if it fails or does not end, a line that reports this."""
    lines: queue.SimpleQueue[Line | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            for line in look(case):
                lines.put(line)
        except VifcastError as error:
            lines.put(fail(name, sentence(error), "Fix this first, then run doctor again."))
        except Exception as error:  # noqa: BLE001 - reported, and the other parts go on
            # The class and the place only: its text could hold a value of the configuration.
            place = traceback.extract_tb(error.__traceback__)[-1]
            lines.put(
                fail(
                    name,
                    f"this check failed: {type(error).__name__} in {place.filename}, "
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
            # The part may still use the connection; closing it ends the part.
            if case.open_host is not None:
                case.open_host.close()
                case.open_host = None
            yield fail(
                name, f"did not end within {limit_s:g} s.", "Run this again with more --timeout."
            )
            return
        if line is None:
            return
        yield line
