"""The durable exchange that vifcast-nova sends to beside Nova's own.

Nova's exchange is usually not durable: when the broker restarts, it is gone with all bindings,
and what is published before vifcast has bound its queue again is confirmed and dropped. This one,
its bindings and the queue outlive that. Others may bind durable queues to it, too.
"""

from amqp.exceptions import AccessRefused, ChannelError, PreconditionFailed
from kombu import Connection

from vifcast.broker_commands import delete_exchange
from vifcast.bus.channels import one_channel
from vifcast.bus.exchange import is_there


def keep_lane(
    connection: Connection, lane: str, queue: str, routing_keys: tuple[str, ...]
) -> str | None:
    """Declare the lane and bind our queue to it; returns why it cannot be used, or None."""
    try:
        _declare(connection, lane)
        with one_channel(connection) as channel:
            for routing_key in routing_keys:
                channel.queue_bind(queue=queue, exchange=lane, routing_key=routing_key)
    except (AccessRefused, PreconditionFailed) as error:
        to_do = _what_to_do(connection.virtual_host or "/", lane, error)
        return f"exchange {lane} cannot be used as the durable lane: {to_do}"
    return None


def _declare(connection: Connection, lane: str) -> None:
    try:
        with one_channel(connection) as channel:
            channel.exchange_declare(exchange=lane, type="topic", durable=True, auto_delete=False)
    except AccessRefused:
        # Somebody else may have made it for this user.
        if not is_there(connection, lane):
            raise


def _what_to_do(vhost: str, lane: str, error: ChannelError) -> str:
    if isinstance(error, AccessRefused):
        return (
            f"{error.reply_text}. vifcast reads the other exchanges only, and a restart "
            "of the broker can lose some; give this user the permissions in "
            "docs/service.md, or set lane_exchange in [ingest] to nothing"
        )
    return (
        f"it exists with other properties ({error.reply_text}). vifcast reads the other "
        "exchanges only, and a restart of the broker can lose some; delete it if nobody "
        f"uses it (`{delete_exchange(vhost, lane)}`), or choose another lane_exchange in [ingest] "
        "here and in [vifcast] of every nova.conf"
    )
