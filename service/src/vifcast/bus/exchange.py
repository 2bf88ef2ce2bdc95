"""Reads the properties of others' exchanges, and never creates or changes one.

Nova's exchange carries Nova's RPC, too. One that vifcast made, with other properties than
nova.conf asks for, would make every service of Nova's fail (406 PRECONDITION_FAILED). AMQP's
passive declaration says whether an exchange is there, and nothing else of it.

What it is like, RabbitMQ says where it is declared otherwise: it names the first difference, in
the order type, durable, auto_delete, internal, arguments (``rabbit_exchange:assert_equivalence``).
So it is declared with an argument that can never be: an alternate exchange that is a number. Of
an exchange that is there, that differs; and where there is none, RabbitMQ looks at this argument
before it makes one, and refuses it (``rabbit_channel``, exchange.declare). RabbitMQ's log has a
line for each such refusal: not to be asked every few seconds.
"""

from typing import Any, NamedTuple

import amqp
from amqp.exceptions import AccessRefused, ChannelError, PreconditionFailed
from kombu import Connection

from vifcast.bus.channels import is_in_process, is_not_there, one_channel

_IMPOSSIBLE = {"alternate-exchange": 1}


class Exchange(NamedTuple):
    """``is_durable`` is None if this user may not see it."""

    is_topic: bool
    is_durable: bool | None


def is_there(connection: Connection | amqp.Connection, name: str) -> bool:
    """Whether the exchange exists. Creates none."""
    with one_channel(connection) as channel:
        try:
            channel.exchange_declare(exchange=name, type="topic", passive=True)
        except ChannelError as error:
            if is_not_there(error):
                return False
            raise
    return True


def look_at_exchange(connection: Connection | amqp.Connection, name: str) -> Exchange | None:
    """The properties of the exchange, or None if it does not exist. Creates none."""
    if not is_there(connection, name):
        return None
    with one_channel(connection) as channel:
        if is_in_process(channel):
            return Exchange(is_topic=True, is_durable=None)
        return _likeness(channel, name)


def may_declare(connection: Connection | amqp.Connection, name: str) -> bool:
    """Whether this user may create an exchange of that name. Creates none."""
    with one_channel(connection) as channel:
        if is_in_process(channel):
            return True
        try:
            _ask_in_vain(channel, name)
        except AccessRefused:
            return False
        except PreconditionFailed:
            pass
    return True


def _likeness(channel: Any, name: str) -> Exchange | None:
    try:
        _ask_in_vain(channel, name)
    except AccessRefused:
        # RabbitMQ lets only those ask that could declare it.
        return Exchange(is_topic=True, is_durable=None)
    except PreconditionFailed as error:
        return _difference(error.reply_text)
    return Exchange(is_topic=True, is_durable=None)


def _ask_in_vain(channel: Any, name: str) -> None:
    channel.exchange_declare(
        exchange=name, type="topic", durable=True, auto_delete=False, arguments=_IMPOSSIBLE
    )


def _difference(reply: str) -> Exchange | None:
    if "invalid type" in reply:
        # It has gone since it was seen.
        return None
    if "arg 'durable'" in reply:
        return Exchange(is_topic=True, is_durable=False)
    if "arg 'alternate-exchange'" in reply or "arg 'auto_delete'" in reply:
        return Exchange(is_topic=True, is_durable=True)
    if "arg 'type'" in reply or "arg 'internal'" in reply:
        return Exchange(is_topic=False, is_durable=None)
    return Exchange(is_topic=True, is_durable=None)
