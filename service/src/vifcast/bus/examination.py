"""Reads the state of one host of a broker, for ``vifcast doctor``; consumes nothing.

AMQP 0-9-1 has few questions: a passive declaration says whether something is there and how
many messages and consumers a queue has. What an exchange is like says ``exchange``. There is
no question about bindings. Nothing that is asked makes anything.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import amqp

from vifcast.bus.channels import is_not_there, one_channel
from vifcast.bus.exchange import Exchange, look_at_exchange, may_declare
from vifcast.bus.reasons import CONNECTION_ERRORS, Reason, reason_of
from vifcast.bus.transport_url import Broker, BrokerHost
from vifcast.errors import BrokerUnreachableError

_Answer = TypeVar("_Answer")


class NoAnswerError(BrokerUnreachableError):
    """The broker could not be asked, or said no; ``reason`` has the kind of it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.text)
        self.reason = reason


class Queue(NamedTuple):
    """How many messages wait, and how many consumers read them."""

    messages: int
    consumers: int


class Examination:
    """One open connection; every method raises NoAnswerError."""

    def __init__(self, broker: Broker, host: BrokerHost, timeout_s: float) -> None:
        self.host = host
        self._timeout_s = timeout_s
        self._connection = amqp.Connection(
            str(host),
            userid=host.user,
            password=host.password,
            virtual_host=broker.virtual_host,
            ssl=broker.tls_for(host) or False,
            connect_timeout=timeout_s,
            client_properties={"product": "vifcast doctor"},
        )
        try:
            self._connection.connect()
        except CONNECTION_ERRORS as error:
            self.close()
            raise NoAnswerError(reason_of(error)) from None
        self._connection.transport.sock.settimeout(timeout_s)

    def close(self) -> None:
        """Close the socket without a farewell to RabbitMQ."""
        self._connection.collect()

    def exchange(self, name: str) -> Exchange | None:
        """The properties of the exchange, or None if it does not exist."""
        try:
            return look_at_exchange(self._connection, name)
        except CONNECTION_ERRORS as error:
            raise NoAnswerError(reason_of(error)) from None

    def may_declare(self, exchange: str) -> bool:
        """Whether this user may create an exchange of that name; creates none."""
        try:
            return may_declare(self._connection, exchange)
        except CONNECTION_ERRORS as error:
            raise NoAnswerError(reason_of(error)) from None

    def queue(self, name: str) -> Queue | None:
        """Messages and consumers of the queue, or None if it does not exist."""
        found = self._ask(lambda channel: channel.queue_declare(name, passive=True))
        return None if found is None else Queue(found.message_count, found.consumer_count)

    def bind(self, queue: str, exchange: str, routing_key: str) -> bool:
        """Bind the queue; False if queue or exchange is missing. An old binding stays."""

        def bind(channel: Any) -> bool:
            channel.queue_bind(queue, exchange, routing_key)
            return True

        return self._ask(bind) is True

    def publish(self, exchange: str, routing_key: str, body: bytes) -> bool:
        """Publish a persistent body; False if no queue is bound for it."""
        returned: list[object] = []

        def send(channel: Any) -> bool:
            channel.events["basic_return"].add(lambda *arguments: returned.append(arguments))
            message = amqp.Message(
                body, content_type="application/json", content_encoding="utf-8", delivery_mode=2
            )
            channel.basic_publish_confirm(
                message, exchange, routing_key, mandatory=True, confirm_timeout=self._timeout_s
            )
            return not returned

        # None: the exchange is not there.
        return self._ask(send) is True

    def _ask(self, question: Callable[[Any], _Answer]) -> _Answer | None:
        """The answer, on a channel of its own, which a no closes; None for 404 and 406."""
        try:
            with one_channel(self._connection) as channel:
                return question(channel)
        except (amqp.NotFound, amqp.PreconditionFailed) as error:
            if not is_not_there(error):
                raise NoAnswerError(reason_of(error)) from None
            return None
        except CONNECTION_ERRORS as error:
            raise NoAnswerError(reason_of(error)) from None
