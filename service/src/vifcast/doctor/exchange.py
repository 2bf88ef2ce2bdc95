"""Checks that the exchanges exist, and that our queue is bound to them."""

from collections.abc import Iterator

from vifcast.broker_commands import delete_exchange, list_exchanges
from vifcast.bus.examination import Examination, NoAnswerError
from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, fail, ok, warn
from vifcast.doctor.permissions import set_permissions


def look(case: Case) -> Iterator[Line]:
    """A line for each exchange, and one for the bindings; one more without the marker."""
    host = case.open_host
    if host is None:
        return
    there = []
    for name in case.topology.exchanges:
        line, is_there = _exchange(case, host, name)
        yield line
        if is_there:
            there.append(name)
    queue = case.topology.own_queue
    if queue is not None and there and host.queue(queue) is not None:
        yield _bindings(case, host, queue, there)
    if not host.may_declare(case.topology.marker):
        yield _no_marker(case)


def _exchange(case: Case, host: Examination, name: str) -> tuple[Line, bool]:
    found = host.exchange(name)
    if found is None:
        return warn(
            "exchange",
            f"{name}: does not exist. vifcast serve binds its queue once it exists.",
            "vifcast never creates it, because Nova's exchange carries Nova's RPC, too. The "
            "services that use it create it when they start, and with every notification. Check "
            "that they use this broker and virtual host, and that their control_exchange has this "
            "name.",
        ), False
    if not found.is_topic:
        return fail(
            "exchange",
            f"{name}: exists, but is not of type topic, which OpenStack uses.",
            "Nova cannot publish to it. Delete it (management page, or "
            f"`{delete_exchange(case.broker.virtual_host, name)}`); Nova creates it again.",
        ), True
    if found.is_durable is False:
        return _not_durable(case, name), True
    likeness = "exists, topic, durable"
    if found.is_durable is None:
        command = list_exchanges(case.broker.virtual_host)
        likeness = f"exists; this user may not see whether it is durable (`{command}` shows it)"
    return ok("exchange", f"{name}: {likeness}."), True


def _not_durable(case: Case, name: str) -> Line:
    whose = "nova" if name == case.topology.exchanges[0] else "neutron"
    advice = (
        f"To fix it, set amqp_durable_queues = true in [oslo_messaging_rabbit] of {whose}.conf of "
        f"all its services: stop them all, delete exchange {name} and their queues, which keep "
        "the properties they were created with, and start them again."
    )
    if case.topology.lane is not None and whose == "nova":
        advice = (
            "Notifications of vifcast-nova are safe from hosts that use the lane (`vifcast hosts` "
            f"lists them); others are not. {advice}"
        )
    return warn(
        "exchange",
        f"{name}: exists, topic, not durable. A restart of RabbitMQ deletes it and its bindings; "
        "what is published before vifcast serve has bound its queue again is lost.",
        advice,
    )


def _bindings(case: Case, host: Examination, queue: str, exchanges: list[str]) -> Line:
    keys = case.topology.routing_keys
    for exchange in exchanges:
        try:
            are_bound = all(host.bind(queue, exchange, key) for key in keys)
        except NoAnswerError as error:
            return fail(
                "bindings",
                f"binding {queue} to {exchange} failed: {error}.",
                f"This user needs the permissions `write` on {queue} and `read` on {exchange}: "
                f"`{set_permissions(case)}`",
            )
        if not are_bound:
            return fail(
                "bindings",
                f"binding {queue} to {exchange} failed: one of them has just been deleted.",
                "Run this again.",
            )
    return ok(
        "bindings",
        f"{queue} is bound to {' and '.join(exchanges)} for {', '.join(keys)} "
        "(bound again just now, because AMQP cannot list bindings).",
    )


def _no_marker(case: Case) -> Line:
    return warn(
        "marker",
        f"{case.topology.marker}: this user may not create it. After a lost connection vifcast "
        "serve cannot know whether RabbitMQ has restarted and lost notifications.",
        f"Give this user the permissions: `{set_permissions(case)}`",
    )
