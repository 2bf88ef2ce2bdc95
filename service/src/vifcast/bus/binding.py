"""Binds vifcast's queue to an exchange of Nova or Neutron, once that exists."""

from typing import NamedTuple

from amqp.exceptions import AccessRefused, NotFound
from kombu import Connection

from vifcast.bus.channels import one_channel
from vifcast.bus.exchange import is_there


class Binding(NamedTuple):
    """``problem``: why the queue is not bound, or None; ``is_awaited``: no such exchange yet."""

    problem: str | None
    is_awaited: bool = False


def bind_to(
    connection: Connection, queue: str, exchange: str, routing_keys: tuple[str, ...]
) -> Binding:
    """Bind the queue. Repeating it changes nothing; it never creates the exchange.

    RabbitMQ does not report that a binding is gone with its exchange: one that was deleted, or one
    that was not durable when the broker restarted.
    """
    absent = Binding(
        f"exchange {exchange} does not exist; vifcast never declares it, and binds queue {queue} "
        "once a service that publishes to it has created it",
        is_awaited=True,
    )
    try:
        if not is_there(connection, exchange):
            return absent
        with one_channel(connection) as channel:
            for routing_key in routing_keys:
                channel.queue_bind(queue=queue, exchange=exchange, routing_key=routing_key)
    except AccessRefused as error:
        return Binding(
            f"binding queue {queue} to exchange {exchange} failed: {error.reply_text}; this user "
            f"needs the permissions `read` on {exchange} and `write` on {queue}, see "
            "docs/service.md"
        )
    except NotFound as error:
        if f"exchange '{exchange}'" not in error.reply_text:
            raise
        # It went in between.
        return absent
    return Binding(None)
