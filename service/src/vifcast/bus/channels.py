"""Channels that serve one request each."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import amqp
from amqp.exceptions import AccessRefused, ChannelError
from kombu import Connection
from kombu.transport.virtual import Channel as VirtualChannel


@contextmanager
def one_channel(connection: Connection | amqp.Connection) -> Iterator[Any]:
    """A channel of its own: what the broker says no to closes it.

    py-amqp then opens it anew, so that it is closed in any case: a connection has 2047.
    """
    channel = connection.channel()
    try:
        yield channel
    except ChannelError:
        channel.close()
        raise
    channel.close()


def is_in_process(channel: Any) -> bool:
    """Whether it is one of kombu's broker inside the process, which is not RabbitMQ in all."""
    return isinstance(channel, VirtualChannel)


def is_not_there(error: ChannelError) -> bool:
    """Whether a passive declaration failed because there is no such thing.

    A queue of a cluster on a node that is away is there, and cannot be used: RabbitMQ says 404
    of that, too, with the home node in its words.
    """
    return not isinstance(error, AccessRefused) and "home node" not in str(error)
