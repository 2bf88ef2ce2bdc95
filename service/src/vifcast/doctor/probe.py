"""Sends a notification the way Nova does, and checks that it arrives in the store."""

import time
import uuid
from collections.abc import Iterator

from vifcast import times
from vifcast.bus.examination import Examination, NoAnswerError
from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, fail, ok, warn
from vifcast.doctor.permissions import set_permissions
from vifcast.notification.probe import probe_body
from vifcast.store import Store

_NAME = "probe"
_POLL_S = 0.02


def look(case: Case) -> Iterator[Line]:
    """Send a probe, and wait until it is stored."""
    if case.open_host is None or case.store is None:
        missing = "broker" if case.open_host is None else "database"
        yield fail(_NAME, f"not sent: see the line {missing}.", f"Repair the {missing} first.")
        return
    yield _send(case, case.open_host, case.store)


def _send(case: Case, host: Examination, store: Store) -> Line:
    exchange, key = case.topology.exchanges[0], case.topology.routing_keys[0]
    message_id = str(uuid.uuid4())
    sent_at = time.monotonic()
    try:
        has_gone = host.publish(exchange, key, probe_body(message_id, times.now()))
    except NoAnswerError as error:
        if error.reason.kind == "rights":
            return warn(
                _NAME,
                f"not sent: user {host.host.user} lacks the permission `write` on exchange "
                f"{exchange}, which only the probe needs.",
                "To give it while you send probes: "
                f"`{set_permissions(case, with_probe=True)}`. To take it away again: "
                f"`{set_permissions(case)}`.",
            )
        return fail(
            _NAME,
            f"exchange {exchange} refused it: {error}.",
            "Look into RabbitMQ's log.",
        )
    if not has_gone:
        return fail(
            _NAME,
            f"lost at exchange {exchange}: it does not exist, or no queue is bound to it for "
            f"{key}.",
            "See the line exchange. If it exists, start vifcast serve, which binds its queue.",
        )
    while store.probe_received_at(message_id) is None:
        if time.monotonic() - sent_at > case.timeout_s:
            return _lost(case, host)
        time.sleep(_POLL_S)
    took_s = time.monotonic() - sent_at
    return ok(_NAME, f"sent to exchange {exchange} as {key}, in the store after {took_s:.2f} s.")


def _lost(case: Case, host: Examination) -> Line:
    name = case.topology.queues[0]
    found = host.queue(name)
    sent = f"sent, but not in the store within {case.timeout_s:g} s"
    if found is None:
        return fail(
            _NAME,
            f"{sent}: queue {name} does not exist; only other queues got it.",
            "Start vifcast serve, which creates and binds the queue.",
        )
    if not found.consumers:
        return fail(
            _NAME,
            f"{sent}: it waits in queue {name}, which has no consumer.",
            "Start vifcast serve.",
        )
    if found.messages:
        return fail(
            _NAME,
            f"{sent}: {found.messages} wait in queue {name}, so vifcast serve is behind.",
            "Wait longer (--timeout). If that number does not fall, see the log of vifcast serve.",
        )
    return fail(
        _NAME,
        f"{sent}: a consumer took it from queue {name}, but it is not in "
        f"{case.store and case.store.location}.",
        "Check that the vifcast serve that reads the queue uses this database and is not of an "
        "older release. If it cannot store, the line serve says why.",
    )
