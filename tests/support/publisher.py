"""Somebody who puts bodies on the exchange ``nova``, as Nova's notifier does."""

from urllib.parse import unquote, urlsplit

import amqp


class Publisher:
    """One connection; every publish is confirmed by the broker when it returns.

    ``durable`` is what the exchange is declared as: Nova's ``amqp_durable_queues``.
    """

    def __init__(self, url: str, *, durable: bool = False) -> None:
        parts = urlsplit(url)
        self._connection = amqp.Connection(
            f"{parts.hostname}:{parts.port}",
            userid=parts.username,
            password=parts.password,
            virtual_host=unquote(parts.path[1:]) or "/",
            confirm_publish=True,
        )
        self._connection.connect()
        self.channel = self._connection.channel()
        self.channel.exchange_declare("nova", "topic", durable=durable, auto_delete=False)

    def __call__(self, body: bytes, routing_key: str = "notifications.info") -> None:
        """Publish a body, persistent."""
        message = amqp.Message(
            body, content_type="application/json", content_encoding="utf-8", delivery_mode=2
        )
        self.channel.basic_publish_confirm(message, "nova", routing_key, timeout=10)

    def close(self) -> None:
        """Close the connection, even when the broker is gone."""
        try:
            self._connection.close()
        finally:
            self._connection.collect()
