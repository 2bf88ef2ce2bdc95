"""vifcast's own queue, and the place for what RabbitMQ drops from it."""

from typing import Any

from amqp.exceptions import AccessRefused, ChannelError, PreconditionFailed
from kombu import Connection

from vifcast.broker_commands import delete_queue
from vifcast.bus.channels import is_not_there, one_channel
from vifcast.bus.topology import Topology
from vifcast.errors import BrokerRefusedError
from vifcast.names import dropped_queue


def queue_depth(connection: Connection, name: str) -> int | None:
    """How many messages wait in a queue, or None if it does not exist. Creates none."""
    with one_channel(connection) as channel:
        try:
            return int(channel.queue_declare(queue=name, passive=True).message_count)
        except ChannelError as error:
            if is_not_there(error):
                return None
            raise


def depth_of_own(connection: Connection, name: str) -> int:
    """How many messages wait in an existing queue. Raises ChannelError if it does not exist."""
    with one_channel(connection) as channel:
        return int(channel.queue_declare(queue=name, passive=True).message_count)


def declare_own_queue(connection: Connection, topology: Topology, name: str) -> str | None:
    """Declare the queue as the options say; returns why its drops go unnoticed, or None.

    Raises BrokerRefusedError.
    """
    vhost = connection.virtual_host or "/"
    try:
        _declare(connection, name, topology.own_arguments_with_drops)
    except (PreconditionFailed, AccessRefused) as error:
        # A queue that an earlier release made, or a user with the rights for that.
        try:
            _declare(connection, name, topology.own_arguments)
        except PreconditionFailed as without:
            raise _differs(vhost, name, without) from None
        return _why_unseen(vhost, name, error)
    dropped = dropped_queue(name)
    try:
        _declare(connection, dropped, topology.dropped_arguments)
    except PreconditionFailed as error:
        raise _differs(vhost, dropped, error) from None
    return None


def lead_drops(connection: Connection, queue: str) -> None:
    """Route what the queue drops into the queue for dropped notifications."""
    dropped = dropped_queue(queue)
    with one_channel(connection) as channel:
        channel.exchange_declare(exchange=dropped, type="direct", durable=True, auto_delete=False)
        channel.queue_bind(queue=dropped, exchange=dropped, routing_key=dropped)


def _declare(connection: Connection, name: str, arguments: dict[str, Any]) -> None:
    with one_channel(connection) as channel:
        channel.queue_declare(queue=name, durable=True, auto_delete=False, arguments=arguments)


def _why_unseen(vhost: str, name: str, error: ChannelError) -> str:
    problem = f"vifcast cannot see what RabbitMQ drops from queue {name}: "
    if isinstance(error, PreconditionFailed):
        return (
            f"{problem}the queue was made by an earlier vifcast. To change that, stop vifcast when "
            f"the queue is empty, delete it (`{delete_queue(vhost, name)}`) and start vifcast"
        )
    return (
        f"{problem}this user may not use {dropped_queue(name)}. Give it the permissions in "
        "docs/service.md and start vifcast again"
    )


def _differs(vhost: str, name: str, error: PreconditionFailed) -> BrokerRefusedError:
    return BrokerRefusedError(
        f"queue {name} exists with other properties ({error.reply_text}); "
        "set queue_type, queue_max_length and queue_ttl_s in [ingest] to what it was "
        "made with, choose another [ingest] queue, or delete it once it is empty "
        f"(`{delete_queue(vhost, name)}`)"
    )
