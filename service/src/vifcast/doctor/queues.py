"""Checks that our queue is read and not full, and that the default queues do not grow."""

import time
from collections.abc import Iterator

from vifcast.broker_commands import bound_queues, look_into_queue, purge_queue
from vifcast.bus.examination import Examination, Queue
from vifcast.bus.topology import DROPPED_MAX_LENGTH
from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, fail, ok, warn
from vifcast.names import dropped_queue

# Between two looks at a queue that may grow.
_PAUSE_S = 2.0

# More than this share of its limit, and somebody should know.
_NEARLY_FULL = 0.8


def look(case: Case) -> Iterator[Line]:
    """A line for each queue that is read, and for the default queues."""
    host = case.open_host
    if host is None:
        return
    own = case.topology.own_queue
    default = case.topology.routing_keys
    names = (*default, own) if own else default
    before = {name: host.queue(name) for name in names}
    time.sleep(_PAUSE_S)
    now = {name: host.queue(name) for name in names}
    if own is None:
        for name in default:
            yield _read(name, before[name], now[name], None) if now[name] else _awaited(name)
        return
    yield _read(own, before[own], now[own], case.topology.max_length)
    if now[own] is not None:
        yield _dropped(host, own)
    for name in default:
        yield from _other(case, name, before[name], now[name])


def _read(name: str, before: Queue | None, now: Queue | None, limit: int | None) -> Line:
    if now is None:
        return fail(
            "queue",
            f"{name}: does not exist. vifcast serve has never read this virtual host of this "
            "broker, or the queue was deleted.",
            "Start vifcast serve with this configuration, which creates the queue. Notifications "
            "that Nova sends before that are missing.",
        )
    state = f"{name}: {_waiting(before, now)}"
    if limit is not None and now.messages >= limit:
        return fail(
            "queue",
            f"{state} It is full: RabbitMQ drops the oldest.",
            "Start vifcast serve, or find out why it stopped reading: see the lines below.",
        )
    if not now.consumers:
        return fail(
            "queue", state, "Start vifcast serve. If it runs, the line serve names the problem."
        )
    if limit is not None and now.messages > _NEARLY_FULL * limit:
        return warn(
            "queue",
            f"{state} It is full at {limit}; then RabbitMQ drops the oldest.",
            "vifcast serve does not keep up, or has stopped: see the lines below.",
        )
    return ok("queue", state)


def _awaited(name: str) -> Line:
    return warn(
        "queue",
        f"{name}: does not exist. vifcast serve reads it once it exists.",
        "vifcast never creates it. Nova does, with the first notification of that priority; there "
        "may have been no error yet. Check that Nova uses this broker and virtual host.",
    )


def _dropped(host: Examination, own: str) -> Line:
    name = dropped_queue(own)
    found = host.queue(name)
    if found is None:
        return warn(
            "dropped",
            f"{name} does not exist: vifcast cannot see what RabbitMQ drops from {own}.",
            "See docs/service.md, queue limits.",
        )
    if found.messages >= DROPPED_MAX_LENGTH:
        return fail(
            "dropped",
            f"{name}: full, so RabbitMQ has dropped more from {own} than is kept there.",
            "Those are lost. Start vifcast serve, which stores the others.",
        )
    if found.messages:
        return warn(
            "dropped",
            f"{name}: RabbitMQ has dropped {found.messages} from {own}, because it was full or "
            "they were too old. They are kept here.",
            "Nothing is lost yet. vifcast serve stores them as soon as it runs.",
        )
    return ok("dropped", f"{name}: empty; RabbitMQ drops nothing from {own}.")


def _other(case: Case, name: str, before: Queue | None, now: Queue | None) -> Iterator[Line]:
    if now is None:
        return
    vhost, topic = case.broker.virtual_host, name.rpartition(".")[0]
    state = f"{name}: {_waiting(before, now)}"
    if now.messages and not now.consumers:
        yield warn(
            "default queue",
            f"{state} RabbitMQ keeps them for ever.",
            "It is Nova's own queue, which vifcast leaves alone. After an outage it may hold what "
            f"vifcast missed: look first (`{look_into_queue(vhost, name)}`), and let vifcast read "
            "it if so (docs/doctor.md, what the default queues hold). Only if nobody needs its "
            f"messages, purge it (`{purge_queue(vhost, name)}`), and limit its length by a policy "
            f"(`{bound_queues(vhost, topic)}`).",
        )
    else:
        yield ok("default queue", state)


def _waiting(before: Queue | None, now: Queue) -> str:
    grown = now.messages - (before.messages if before else 0)
    waiting = f"{now.messages} waiting" if now.messages else "empty"
    if grown:
        waiting += f" ({grown:+} in {_PAUSE_S:g} s)"
    return f"{waiting}, {now.consumers or 'no'} consumer{'s' if now.consumers > 1 else ''}."
