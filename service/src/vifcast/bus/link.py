"""One open connection to a broker: receive bodies, acknowledge them.

kombu makes the connection and is the in-memory broker; on a real one, deliveries
are taken from the frames (``deliveries``, ``read_ahead``).
"""

import random
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Self

import amqp
import kombu

from vifcast.bus.channels import is_in_process
from vifcast.bus.declare import Declared, Standing
from vifcast.bus.deliveries import DeliveryFrames, ReceivedMessage
from vifcast.bus.read_ahead import ReadAhead, read_ahead
from vifcast.bus.reasons import CONNECTION_ERRORS, reason_of, refusal_of
from vifcast.bus.topology import Topology
from vifcast.bus.transport_url import Broker, BrokerHost
from vifcast.errors import BrokerRefusedError, BrokerUnreachableError
from vifcast.notification.coding import coding_of

__all__ = ["Link", "ReceivedMessage"]

_IN_PROCESS_POLL_S = 0.01

# So long without another body, and a batch is complete.
_QUIET_S = 0.005

OnLook = Callable[[Standing], None]


class Link:
    """Open from ``connect`` to ``close``; used by one thread."""

    def __init__(
        self,
        connection: kombu.Connection,
        topology: Topology,
        prefetch: int,
        arrived: deque[ReceivedMessage],
        reader: ReadAhead | None,
        at: str,
        on_look: OnLook,
    ) -> None:
        self.at = at
        self._connection = connection
        self._established = connection.connection
        self._reader = reader
        self._arrived = arrived
        self._heartbeat_due_at = 0.0
        self._declared = Declared(connection, topology)
        self._on_look = on_look
        self._channel = connection.channel()
        self._in_process = is_in_process(self._channel)
        self._channel.basic_qos(0, prefetch, False)
        self._consumed: set[str] = set()
        self._looked(self._declared.standing)

    @classmethod
    def connect(
        cls,
        broker: Broker,
        topology: Topology,
        *,
        prefetch: int,
        heartbeat_s: int,
        timeout_s: float,
        on_look: OnLook = lambda _: None,
    ) -> Self:
        """Connect to the first host that answers, in random order, and start to consume.

        ``on_look`` gets how everything is, now and every few seconds, in ``receive``; what it
        raises ends the connection.
        Raises BrokerRefusedError where one says no (wrong password, no such
        virtual host) and no other lets us in, else BrokerUnreachableError.
        """
        failures = []
        refusal: BrokerRefusedError | None = None
        hosts: list[BrokerHost | None] = [*random.sample(broker.hosts, len(broker.hosts))] or [None]
        for host in hosts:
            arrived: deque[ReceivedMessage] = deque()
            connection = _connection(broker, host, heartbeat_s, timeout_s, arrived)
            established = None
            at = str(host or broker)
            try:
                # kombu's own connect() sleeps for two seconds and tries again.
                connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)
                established = connection.connection
                reader = None if host is None else _prepare(established, timeout_s)
                return cls(connection, topology, prefetch, arrived, reader, at, on_look)
            except BrokerRefusedError as error:
                _drop(connection, established)
                refusal = error
            except CONNECTION_ERRORS as error:
                _drop(connection, established)
                refusal = (host and refusal_of(error, broker, host)) or refusal
                failures.append(f"{at} ({reason_of(error).text})")
            except BaseException:
                # Of ``on_look``: whoever keeps what it says cannot.
                _drop(connection, established)
                raise
        if refusal is not None:
            raise refusal
        raise BrokerUnreachableError(f"no broker answers at {', '.join(failures)}")

    def receive(
        self, max_count: int, max_bytes: int, wait_s: float, batch_s: float
    ) -> list[ReceivedMessage]:
        """Wait up to ``wait_s`` for a first body, then gather more for up to ``batch_s``.

        Gathering ends early at ``max_count`` bodies or ``max_bytes`` bytes, and
        as soon as the bus is quiet. Raises BrokerUnreachableError where the
        connection is gone.
        """
        arrived = self._arrived
        try:
            self._beat()
            self._look()
            if not arrived:
                self._drain(wait_s)
            deadline = time.monotonic() + batch_s
            size = 0
            batch: list[ReceivedMessage] = []
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
        except CONNECTION_ERRORS as error:
            raise BrokerUnreachableError(f"the broker is gone: {reason_of(error).text}") from None

    def acknowledge(self, batch: list[ReceivedMessage]) -> None:
        """Acknowledge that these, the oldest received, are done with."""
        try:
            if self._in_process:
                for delivery in batch:
                    self._channel.basic_ack(delivery.tag)
            elif batch:
                self._channel.basic_ack(batch[-1].tag, multiple=True)
        except CONNECTION_ERRORS as error:
            raise BrokerUnreachableError(f"the broker is gone: {reason_of(error).text}") from None

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

    def _look(self) -> None:
        standing = self._declared.look()
        if standing is not None:
            self._looked(standing)

    def _looked(self, standing: Standing) -> None:
        self._on_look(standing)
        self._declared.noted()
        for queue in standing.depths:
            if queue not in self._consumed:
                self._consume(queue)

    def _consume(self, queue: str) -> None:
        self._channel.basic_consume(
            queue=queue,
            no_ack=False,
            callback=self._on_in_process_message,
            consumer_tag=f"vifcast-{len(self._consumed)}",
        )
        self._consumed.add(queue)

    def _on_in_process_message(self, message: Any) -> None:
        body = message.body
        if isinstance(body, str):
            body = body.encode("utf-8", "surrogateescape")
        # kombu has opened it already, unless that failed.
        compression = message.headers.get("compression") if message.errors else None
        coding = coding_of(message.content_type or "", message.content_encoding or "", compression)
        self._arrived.append(
            ReceivedMessage(
                message.delivery_tag, bytes(body), message.delivery_info["routing_key"], coding
            )
        )


def _connection(
    broker: Broker,
    host: BrokerHost | None,
    heartbeat_s: int,
    timeout_s: float,
    arrived: deque[ReceivedMessage],
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
        ssl=broker.tls_for(host) or False,
        heartbeat=heartbeat_s,
        connect_timeout=timeout_s,
        transport_options={
            "client_properties": {"product": "vifcast"},
            "frame_handler": DeliveryFrames(arrived),
        },
    )


def _prepare(established: amqp.Connection, timeout_s: float) -> ReadAhead | None:
    # A broker that freezes in the middle of a frame must not hold us for ever.
    established.transport.sock.settimeout(timeout_s)
    return read_ahead(established)


def _drop(connection: kombu.Connection, established: Any) -> None:
    try:
        connection.release()
    except CONNECTION_ERRORS:
        connection.collect()
    if isinstance(established, amqp.Connection):
        # Where closing in order fails, kombu forgets the socket without closing it.
        established.collect()
