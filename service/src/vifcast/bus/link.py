"""One open connection to a broker: receive bodies, acknowledge them.

kombu makes the connection and is the in-memory broker; on a real one, deliveries
are taken from the frames (``deliveries``, ``read_ahead``).
"""

import random
import socket
import time
from collections import deque
from typing import Any, Self

import amqp
import kombu
from kombu.transport.virtual import Channel as VirtualChannel

from vifcast.bus.deliveries import Delivery, DeliveryFrames
from vifcast.bus.read_ahead import Reader, read_ahead
from vifcast.bus.topology import Topology, declare
from vifcast.bus.transport_url import Broker, Host
from vifcast.errors import BrokerRefusedError, BrokerUnreachableError

__all__ = ["Delivery", "Link"]

_IN_PROCESS_POLL_S = 0.01

# So long without another body, and a batch is complete.
_QUIET_S = 0.005

# What a broken connection raises; py-amqp lets a few others through.
_CONNECTION_ERRORS = (
    *amqp.Connection.connection_errors,
    *amqp.Connection.channel_errors,
    AttributeError,
)


class Link:
    """Open from ``connect`` to ``close``; used by one thread."""

    def __init__(
        self,
        connection: kombu.Connection,
        topology: Topology,
        prefetch: int,
        arrived: deque[Delivery],
        reader: Reader | None,
    ) -> None:
        self._connection = connection
        self._established = connection.connection
        self._reader = reader
        self._arrived = arrived
        self._heartbeat_due_at = 0.0
        declare(connection, topology)
        self._channel = connection.channel()
        self._in_process = isinstance(self._channel, VirtualChannel)
        self._channel.basic_qos(0, prefetch, False)
        for number, queue in enumerate(topology.queues):
            self._channel.basic_consume(
                queue=queue,
                no_ack=False,
                callback=self._on_in_process_message,
                consumer_tag=f"vifcast-{number}",
            )

    @classmethod
    def connect(
        cls,
        broker: Broker,
        topology: Topology,
        *,
        prefetch: int,
        heartbeat_s: int,
        timeout_s: float,
    ) -> Self:
        """Connect to the first host that answers, in random order, and start to consume.

        Raises BrokerRefusedError where one says no (wrong password, no such
        virtual host), else BrokerUnreachableError where none answers.
        """
        failures = []
        hosts: list[Host | None] = [*random.sample(broker.hosts, len(broker.hosts))] or [None]
        for host in hosts:
            arrived: deque[Delivery] = deque()
            connection = _connection(broker, host, heartbeat_s, timeout_s, arrived)
            established = None
            try:
                # kombu's own connect() sleeps for two seconds and tries again.
                connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)
                established = connection.connection
                reader = None if host is None else _prepare(established, timeout_s)
                return cls(connection, topology, prefetch, arrived, reader)
            except BrokerRefusedError:
                _drop(connection, established)
                raise
            except _CONNECTION_ERRORS as error:
                _drop(connection, established)
                if refusal := _refusal(error, broker, host):
                    raise refusal from None
                failures.append(f"{host} ({_reason(error)})")
        raise BrokerUnreachableError(f"no broker answers at {', '.join(failures)}")

    def receive(
        self, max_count: int, max_bytes: int, wait_s: float, batch_s: float
    ) -> list[Delivery]:
        """Wait up to ``wait_s`` for a first body, then gather more for up to ``batch_s``.

        Gathering ends early at ``max_count`` bodies or ``max_bytes`` bytes, and
        as soon as the bus is quiet. Raises BrokerUnreachableError where the
        connection is gone.
        """
        arrived = self._arrived
        try:
            self._beat()
            if not arrived:
                self._drain(wait_s)
            deadline = time.monotonic() + batch_s
            size = 0
            batch: list[Delivery] = []
            while True:
                while arrived and len(batch) < max_count and size < max_bytes:
                    delivery = arrived.popleft()
                    batch.append(delivery)
                    size += len(delivery.body)
                left_s = deadline - time.monotonic()
                full = len(batch) >= max_count or size >= max_bytes
                if full or not batch or left_s <= 0:
                    return batch
                if not self._take_pending(max_count) and not self._drain(min(left_s, _QUIET_S)):
                    return batch
        except _CONNECTION_ERRORS as error:
            raise BrokerUnreachableError(f"the broker is gone: {_reason(error)}") from None

    def acknowledge(self, batch: list[Delivery]) -> None:
        """Tell the broker that these, the oldest received, are done with."""
        try:
            if self._in_process:
                for delivery in batch:
                    self._channel.basic_ack(delivery.tag)
            elif batch:
                self._channel.basic_ack(batch[-1].tag, multiple=True)
        except _CONNECTION_ERRORS as error:
            raise BrokerUnreachableError(f"the broker is gone: {_reason(error)}") from None

    def close(self) -> None:
        """Close; what was not acknowledged goes back to the queue."""
        _drop(self._connection, self._established)

    def _drain(self, wait_s: float) -> bool:
        """Take what has arrived; False where nothing did in time."""
        try:
            self._connection.drain_events(timeout=wait_s)
        except TimeoutError:
            return False
        return True

    def _take_pending(self, max_count: int) -> bool:
        """Take what is in the buffer already, up to so many; False where there is nothing."""
        reader = self._reader
        if reader is None or not reader.pending:
            return False
        for frame in reader.whole_frames():
            self._established.on_inbound_frame(frame)
            if len(self._arrived) >= max_count:
                return True
        if reader.pending:
            # The rest of one frame, for which the socket's own timeout is enough.
            self._established.blocking_read()
        return True

    def _beat(self) -> None:
        interval_s = (self._connection.get_heartbeat_interval() or 0) / 2
        if interval_s and time.monotonic() >= self._heartbeat_due_at:
            self._connection.heartbeat_check()
            self._heartbeat_due_at = time.monotonic() + interval_s

    def _on_in_process_message(self, message: Any) -> None:
        body = message.body
        if isinstance(body, str):
            body = body.encode("utf-8", "surrogateescape")
        self._arrived.append(
            Delivery(message.delivery_tag, bytes(body), message.delivery_info["routing_key"])
        )


def _connection(
    broker: Broker,
    host: Host | None,
    heartbeat_s: int,
    timeout_s: float,
    arrived: deque[Delivery],
) -> kombu.Connection:
    if host is None:
        return kombu.Connection(
            "memory://", transport_options={"polling_interval": _IN_PROCESS_POLL_S}
        )
    return kombu.Connection(
        transport="amqp",
        hostname=host.name,
        port=host.port,
        userid=host.user,
        password=host.password,
        virtual_host=broker.virtual_host,
        ssl=broker.tls or False,
        heartbeat=heartbeat_s,
        connect_timeout=timeout_s,
        transport_options={
            "client_properties": {"product": "vifcast"},
            "frame_handler": DeliveryFrames(arrived),
        },
    )


def _prepare(established: amqp.Connection, timeout_s: float) -> Reader | None:
    # A broker that freezes in the middle of a frame must not hold us for ever.
    established.transport.sock.settimeout(timeout_s)
    return read_ahead(established)


def _refusal(error: Exception, broker: Broker, host: Host | None) -> BrokerRefusedError | None:
    if host is None:
        return None
    if isinstance(error, amqp.AccessRefused) and "ACCESS_REFUSED - Login" in str(error):
        return BrokerRefusedError(
            f"the broker at {host} refuses the login of user {host.user}; check user and "
            "password in transport_url"
        )
    if isinstance(error, amqp.AccessRefused | amqp.NotAllowed):
        return BrokerRefusedError(
            f"the broker at {host} refuses user {host.user} on virtual host "
            f"{broker.virtual_host}: {error.reply_text}"
        )
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__


def _drop(connection: kombu.Connection, established: Any) -> None:
    try:
        connection.release()
    except _CONNECTION_ERRORS:
        connection.collect()
    if isinstance(established, amqp.Connection):
        # Where closing in order fails, kombu forgets the socket without closing it.
        established.collect()
