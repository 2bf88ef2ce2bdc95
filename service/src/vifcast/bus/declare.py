"""Makes queues and bindings, and looks after them while they are read.

What is Nova's (the exchange, the default queues) is looked at first and declared only where
it is absent, the way oslo.messaging declares it: a declaration that differs from Nova's
would make Nova's own fail.
"""

import logging
from dataclasses import dataclass, field, replace
from typing import Any

from amqp.exceptions import AccessRefused, ChannelError, PreconditionFailed
from kombu import Connection

from vifcast.bus.topology import Topology, dropped_queue
from vifcast.errors import BrokerRefusedError

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the queues are.

    ``depths``: notifications that wait in each queue that is read. ``unseen``: why dropped
    ones are not noticed, or None where they are. ``missing``: what of the exchanges is not
    there, or None. ``full``: what is full, so that RabbitMQ is dropping for good, or None.

    ``unbound``: exchanges of others that our queue is not bound to at this moment, because
    they are not there or refuse us: what is sent to them now does not reach us that way.

    ``survived``, the same for as long as a connection lasts: True, the broker has not restarted
    since our bindings were last proven, so they are there, and so is what was sent since. False,
    it has restarted, or nobody knows that it has not. None, this cannot be found out.

    ``durable``: whether each exchange of others outlives a restart of the broker, with our
    bindings to it; None where that cannot be found out, no entry where it is not there.
    """

    depths: dict[str, int]
    unseen: str | None = None
    missing: str | None = None
    full: str | None = None
    unbound: tuple[str, ...] = ()
    survived: bool | None = None
    durable: dict[str, bool | None] = field(default_factory=dict)


def declare(connection: Connection, topology: Topology) -> Standing:
    """Make sure that the queues exist and are bound. Raises BrokerRefusedError."""
    for exchange in topology.exchanges:
        _declare_exchange(connection, topology, exchange)
    if topology.own_queue is None:
        return _standing(
            topology,
            {name: _declare_default_queue(connection, topology, name) for name in topology.queues},
        )
    depths, unseen = _declare_own(connection, topology, topology.own_queue)
    _bind(connection, topology.exchanges, topology.own_queue, topology.routing_keys)
    return _standing(topology, depths, unseen)


def look_after(connection: Connection, topology: Topology, before: Standing) -> Standing:
    """Bind again, and see how full the queues are.

    Bindings go with their exchange: with one that is deleted, or one that is not durable when
    the broker restarts. RabbitMQ tells nobody, and binding again what is bound changes nothing.
    """
    missing = []
    if topology.own_queue is not None:
        for exchange in topology.exchanges:
            try:
                _declare_exchange(connection, topology, exchange)
                _bind(connection, (exchange,), topology.own_queue, topology.routing_keys)
            except AccessRefused as error:
                # What waits in the queue is read all the same.
                missing.append(f"exchange {exchange} cannot be bound to: {error.reply_text}")
        if before.unseen is None:
            _lead_drops(connection, dropped_queue(topology.own_queue))
    channel = connection.channel()
    depths = {
        name: channel.queue_declare(queue=name, passive=True).message_count
        for name in before.depths
    }
    channel.close()
    return replace(_standing(topology, depths, before.unseen), missing="; ".join(missing) or None)


def _standing(topology: Topology, depths: dict[str, int], unseen: str | None = None) -> Standing:
    own = topology.own_queue
    if own is None:
        return Standing(depths)
    dropped = dropped_queue(own)
    full = None
    if depths.get(dropped, 0) >= topology.dropped_arguments["x-max-length"]:
        full = f"queue {dropped}, which keeps what {own} drops,"
    elif unseen and depths[own] >= topology.max_length:
        full = f"queue {own}"
    return Standing(depths, unseen, full=full)


def _declare_own(
    connection: Connection, topology: Topology, name: str
) -> tuple[dict[str, int], str | None]:
    """Depths of the queues to read, and why what is dropped goes unseen."""
    try:
        depth = _declare_queue(connection, name, topology.own_arguments_with_drops)
    except (PreconditionFailed, AccessRefused) as error:
        # A queue that an earlier release made, or a user with the rights for that.
        try:
            depth = _declare_queue(connection, name, topology.own_arguments)
        except PreconditionFailed as without:
            raise _differs(name, without) from None
        return {name: depth}, _why_unseen(name, error)
    dropped = dropped_queue(name)
    try:
        waiting = _declare_queue(connection, dropped, topology.dropped_arguments)
    except PreconditionFailed as error:
        raise _differs(dropped, error) from None
    _lead_drops(connection, dropped)
    return {name: depth, dropped: waiting}, None


def _lead_drops(connection: Connection, dropped: str) -> None:
    channel = connection.channel()
    channel.exchange_declare(exchange=dropped, type="direct", durable=True, auto_delete=False)
    channel.queue_bind(queue=dropped, exchange=dropped, routing_key=dropped)
    channel.close()


def _why_unseen(name: str, error: ChannelError) -> str:
    told = f"what RabbitMQ drops from queue {name} is not noticed: "
    if isinstance(error, PreconditionFailed):
        return (
            f"{told}the queue was made by an earlier vifcast. To change that, stop vifcast when "
            f"the queue is empty, delete it (rabbitmqctl delete_queue {name}) and start vifcast"
        )
    return (
        f"{told}this user may not use {dropped_queue(name)}. Give it the permissions in "
        "docs/service.md and start vifcast again"
    )


def _differs(name: str, error: PreconditionFailed) -> BrokerRefusedError:
    return BrokerRefusedError(
        f"queue {name} exists with other properties ({error.reply_text}); "
        "set queue_type, queue_max_length and queue_ttl_s in [ingest] to what it was "
        "made with, choose another [ingest] queue, or delete it once it is empty "
        f"(rabbitmqctl delete_queue {name})"
    )


def _declare_queue(connection: Connection, name: str, arguments: dict[str, Any]) -> int:
    """Declare a durable queue; returns how many wait in it."""
    # A channel of its own: what RabbitMQ does not like closes it.
    channel = connection.channel()
    declared = channel.queue_declare(
        queue=name, durable=True, auto_delete=False, arguments=arguments
    )
    channel.close()
    return int(declared.message_count)


def _bind(
    connection: Connection, exchanges: tuple[str, ...], queue: str, routing_keys: tuple[str, ...]
) -> None:
    channel = connection.channel()
    for exchange in exchanges:
        for routing_key in routing_keys:
            channel.queue_bind(queue=queue, exchange=exchange, routing_key=routing_key)
    channel.close()


def _declare_exchange(connection: Connection, topology: Topology, name: str) -> None:
    # A passive declaration that finds nothing closes its channel.
    channel = connection.channel()
    try:
        channel.exchange_declare(exchange=name, type="topic", passive=True)
    except ChannelError:
        channel = connection.channel()
        channel.exchange_declare(
            exchange=name,
            type="topic",
            durable=topology.durable_as_nova,
            auto_delete=False,
        )
        LOG.warning(
            "exchange %s was not there; declared it as OpenStack would with "
            "amqp_durable_queues = %s. If nova.conf says otherwise, say so in [ingest]",
            name,
            str(topology.durable_as_nova).lower(),
        )
    channel.close()


def _declare_default_queue(connection: Connection, topology: Topology, name: str) -> int:
    channel = connection.channel()
    try:
        declared = channel.queue_declare(queue=name, passive=True)
        channel.close()
    except ChannelError:
        channel = connection.channel()
        declared = channel.queue_declare(
            queue=name, durable=topology.durable_as_nova, auto_delete=False, exclusive=False
        )
        channel.close()
        _bind(connection, topology.exchanges, name, (name,))
    return int(declared.message_count)
