"""Whether the durable lane is there, and our queue is bound to it."""

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
            f"{lane}: not there. {_WITHOUT}",
            "vifcast serve makes it. If it runs and says that it may not, give its user the "
            f"permissions: `{set_permissions(case)}`",
        )
    if not found.is_topic or found.is_durable is False:
        return warn(
            _NAME,
            f"{lane}: there, but it is not a durable exchange of type topic, so vifcast serve does "
            f"not use it. {_WITHOUT}",
            "If nobody uses it, delete it (management page, or "
            f"`{delete_exchange(case.broker.virtual_host, lane)}`); vifcast serve makes it as it "
            "should be. Else choose another lane_exchange, here and in [vifcast] of every "
            "nova.conf.",
        )
    told = "durable" if found.is_durable else "durable or not, which this user may not see"
    return _bound(case, host, f"{lane}: there, topic, {told}")


def _bound(case: Case, host: Examination, told: str) -> Line:
    lane, queue = case.topology.lane or "", case.topology.own_queue or ""
    try:
        are_bound = all(host.bind(queue, lane, key) for key in case.topology.routing_keys)
    except NoAnswerError as error:
        return warn(
            _NAME,
            f"{queue} cannot be bound to {lane}: {error}. {_WITHOUT}",
            f"Give this user the permissions: `{set_permissions(case)}`",
        )
    if not are_bound:
        return warn(
            _NAME,
            f"{lane}: there, and queue {queue} is not. {_WITHOUT}",
            "Start vifcast serve, which makes its queue and binds it.",
        )
    return ok(_NAME, f"{told}; {queue} is bound to it.")
