"""Checks that the durable lane exists, and that our queue is bound to it."""

from collections.abc import Iterator

from vifcast.broker_commands import delete_exchange
from vifcast.bus.examination import Examination, NoAnswerError
from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, ok, warn
from vifcast.doctor.permissions import set_permissions

_NAME = "lane"
_WITHOUT = "Without it, a restart of RabbitMQ can lose what waits in the outbox of compute hosts."


def look(case: Case) -> Iterator[Line]:
    """One line."""
    host = case.open_host
    if host is not None:
        yield _line(case, host)


def _line(case: Case, host: Examination) -> Line:
    lane, queue = case.topology.lane, case.topology.own_queue
    if lane is None or queue is None:
        why = "consume_default_queue is set" if queue is None else "lane_exchange is empty"
        return ok(_NAME, f"none: {why}.")
    found = host.exchange(lane)
    if found is None:
        return warn(
            _NAME,
            f"{lane}: does not exist. {_WITHOUT}",
            "vifcast serve creates it. If it runs and logs that it may not, give its user the "
            f"permissions: `{set_permissions(case)}`",
        )
    if not found.is_topic or found.is_durable is False:
        return warn(
            _NAME,
            f"{lane}: exists, but is not a durable exchange of type topic, so vifcast serve does "
            f"not use it. {_WITHOUT}",
            "If nobody uses it, delete it (management page, or "
            f"`{delete_exchange(case.broker.virtual_host, lane)}`); vifcast serve creates it "
            "again, durable. Else choose another lane_exchange, here and in [vifcast] of every "
            "nova.conf.",
        )
    durable = "durable" if found.is_durable else "durable or not, which this user may not see"
    return _bound(case, host, f"{lane}: exists, topic, {durable}")


def _bound(case: Case, host: Examination, likeness: str) -> Line:
    lane, queue = case.topology.lane or "", case.topology.own_queue or ""
    try:
        are_bound = all(host.bind(queue, lane, key) for key in case.topology.routing_keys)
    except NoAnswerError as error:
        return warn(
            _NAME,
            f"binding {queue} to {lane} failed: {error}. {_WITHOUT}",
            f"Give this user the permissions: `{set_permissions(case)}`",
        )
    if not are_bound:
        return warn(
            _NAME,
            f"{lane}: exists, but queue {queue} does not. {_WITHOUT}",
            "Start vifcast serve, which creates and binds its queue.",
        )
    return ok(_NAME, f"{likeness}; {queue} is bound to it.")
