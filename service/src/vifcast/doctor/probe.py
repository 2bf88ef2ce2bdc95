"""Send a notification the way Nova does, and see whether it comes into the store."""

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
    """Send one, and wait for it."""
    if case.open_host is None or case.store is None:
        missing = "broker" if case.open_host is None else "database"
        yield fail(_NAME, f"not sent: see the line {missing}.", f"Mend the {missing} first.")
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
                f"not sent: user {host.host.user} has not the permission `write` on exchange "
                f"{exchange}, which nothing else of vifcast needs.",
                "Give it for as long as probes are sent: "
                f"`{set_permissions(case, with_probe=True)}`. To take it back: "
                f"`{set_permissions(case)}`.",
            )
        return fail(
            _NAME,
            f"exchange {exchange} did not take it: {error}.",
            "Look into RabbitMQ's log.",
        )
    if not has_gone:
        return fail(
            _NAME,
            f"lost at exchange {exchange}: it is not there, or no queue is bound to it for {key}.",
            "See the line exchange. If it is there, start vifcast serve, which binds its queue.",
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
    told = f"sent, but not in the store within {case.timeout_s:g} s"
    if found is None:
        return fail(
            _NAME,
            f"{told}: queue {name} is not there; it went to other queues only.",
            "Start vifcast serve, which makes and binds it.",
        )
    if not found.consumers:
        return fail(
            _NAME,
            f"{told}: it waits in queue {name}, which no consumer reads.",
            "Start vifcast serve.",
        )
    if found.messages:
        return fail(
            _NAME,
            f"{told}: {found.messages} wait in queue {name}, so vifcast serve is behind.",
            "Wait for longer (--timeout). If that number does not fall, see the log of "
            "vifcast serve.",
        )
    return fail(
        _NAME,
        f"{told}: it was taken from queue {name}, but is not in "
        f"{case.store and case.store.location}.",
        "Is that the database of the vifcast serve that reads the queue? Is it an older "
        "release? If it reads the queue and cannot store, the line serve says why.",
    )
