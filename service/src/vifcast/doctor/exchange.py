"""Whether the exchanges are there, and our queue is bound to them."""

from collections.abc import Iterator

from vifcast.bus.examination import Examination, NoAnswerError
from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, fail, ok, warn


def look(case: Case) -> Iterator[Line]:
    """A line for each exchange, and one for the bindings."""
    host = case.open_host
    if host is None:
        return
    there = []
    for name in case.topology.exchanges:
        line, is_there = _exchange(host, name)
        yield line
        if is_there:
            there.append(name)
    queue = case.topology.own_queue
    if queue is not None and there and host.queue(queue) is not None:
        yield _bindings(case, host, queue, there)


def _exchange(host: Examination, name: str) -> tuple[Line, bool]:
    found = host.exchange(name)
    if found is None:
        return warn(
            "exchange",
            f"{name}: not there. Nothing has been published through it yet, or it was deleted.",
            "vifcast serve makes it, and so does the first notification. Does the service that "
            "publishes to it use this broker and virtual host, and does its control_exchange "
            "have this name?",
        ), False
    if not found.is_topic:
        return fail(
            "exchange",
            f"{name}: there, but not as OpenStack makes it (type topic, auto_delete false).",
            "Nova cannot publish to it. Delete it (management page, or rabbitmqadmin delete "
            f"exchange name={name}); Nova and vifcast make it again.",
        ), True
    told = {
        True: "there, topic, durable",
        False: "there, topic, not durable: while RabbitMQ restarts, notifications can be lost",
        None: "there",
    }[found.is_durable]
    return ok("exchange", f"{name}: {told}."), True


def _bindings(case: Case, host: Examination, queue: str, exchanges: list[str]) -> Line:
    keys = case.topology.routing_keys
    for exchange in exchanges:
        try:
            are_bound = all(host.bind(queue, exchange, key) for key in keys)
        except NoAnswerError as error:
            return fail(
                "bindings",
                f"{queue} cannot be bound to {exchange}: {error}.",
                f"This user needs the permissions `write` on {queue} and `read` on {exchange}: "
                "rabbitmqctl set_permissions.",
            )
        if not are_bound:
            return fail(
                "bindings",
                f"{queue} cannot be bound to {exchange}: one of them has gone just now.",
                "Run this again.",
            )
    return ok(
        "bindings",
        f"{queue} is bound to {' and '.join(exchanges)} for {', '.join(keys)} "
        "(bound again just now: AMQP cannot ask).",
    )
