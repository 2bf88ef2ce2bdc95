"""Where letters go: a notification transport of oslo.messaging."""

import hashlib
import os

import oslo_messaging

from vifcast_nova.outbox.publisher import ANSWER_S, Publisher

# One more try than none: enough for a connection that the broker has closed since the
# last notification. Patience is the sender's, and oslo.messaging before 12.12 ignores
# this while it connects.
_RETRIES = 1


def fingerprint(transport):
    """Hexadecimal str, the same for the same hosts, virtual host and exchange.

    Without user and password: those change, and what waits is sent all the same.

    :param transport: oslo.messaging's notification transport; ``_driver._url`` and
        ``_driver._default_exchange`` are where they are from 5.35 (Queens) to 18
    """
    url, hosts = transport._driver._url, _hosts(transport)
    parts = [url.transport, url.virtual_host, transport._driver._default_exchange] + hosts
    return hashlib.sha256(repr([str(part) for part in parts]).encode("utf-8")).hexdigest()[:12]


def place(transport):
    """The same for people: str, without user and password."""
    url, exchange = transport._driver._url, transport._driver._default_exchange
    if "@" in (url.virtual_host or ""):  # what is taken for the host is of the password
        return "%s://*** (exchange %s)" % (url.transport, exchange)
    hosts = ",".join(sorted(map(_shown, url.hosts)))
    return "%s://%s/%s (exchange %s)" % (url.transport, hosts, url.virtual_host or "", exchange)


def _shown(host):
    # Without a user, it may be the user of a URL that is cut off at a # of the password, and
    # the port the digits that the password begins with.
    return "%s:%s" % (host.hostname, host.port) if host.username else host.hostname or ""


def _hosts(transport):
    # Sorted: oslo.messaging shuffles them.
    return sorted("%s:%s" % (host.hostname, host.port) for host in transport._driver._url.hosts)


class Bus(object):
    """Sends letters; usable in the process that made it only.

    :param transport: a notification transport
    :param pid: the process that ``transport`` was made in
    """

    def __init__(self, transport, pid):
        self.transport = transport
        self._pid = pid

    def place(self):
        """Where it goes, for people: str."""
        return place(self.transport)

    def is_there(self):
        """Whether a broker lets a new connection in; True where that cannot be found out.

        As with ``send``, before oslo.messaging 12.12 this may hang until one does.
        """
        if not self.is_rabbitmq():
            return True
        try:
            self.publisher().close()
        except Exception:
            return False
        return True

    def is_rabbitmq(self):
        """Whether oslo.messaging's own driver for it is used, and no other of kombu's."""
        driver = self.transport._driver
        is_kombu_s = "+" in (driver._url.transport or "")
        return type(driver).__name__ == "RabbitDriver" and not is_kombu_s

    def publisher(self):
        """A Publisher, connected: a copy of the connection that oslo.messaging has.

        Of kombu's, from 5.35 to 18 (oslo_messaging/_drivers/impl_rabbit.py:Connection).

        :raises: what kombu, and what is below it, raises
        """
        driver = self._open_transport()._driver
        with driver._get_connection() as held:
            options = dict(
                held.connection.connection.transport_options,
                read_timeout=ANSWER_S,
                write_timeout=ANSWER_S,
            )
            # No heartbeat: nobody would send it.
            connection = held.connection.connection.clone(heartbeat=0, transport_options=options)
        # One try for each host.
        return Publisher(connection, len(driver._url.hosts))

    def body(self, letter):
        """What ``send`` publishes: a dict, with a ``_unique_id`` of its own.

        As oslo_messaging/_drivers/amqpdriver.py:AMQPDriverBase._send, from 5.35 to 18.
        """
        # Theirs, not public: if they move, only the lane is to do without.
        from oslo_messaging._drivers import amqp, common

        message = dict(letter.message)
        amqp._add_unique_id(message)
        amqp.pack_context(message, letter.context)
        return common.serialize_msg(message)

    def compression(self):
        """As ``send`` compresses it: str, or None."""
        return self.transport._driver.conf.oslo_messaging_rabbit.kombu_compression

    def send(self, letter, topic):
        """Give a letter to the broker and wait until it has confirmed it.

        As oslo_messaging/notify/messaging.py:MessagingV2Driver does, but for the
        errors, which it swallows.

        :raises: whatever oslo.messaging and what is below it raise
        """
        target = oslo_messaging.Target(topic="%s.%s" % (topic, letter.priority))
        # A copy: the driver packs context and _unique_id into what it is given.
        self._open_transport()._send_notification(
            target, letter.context, dict(letter.message), version=2.0, retry=_RETRIES
        )

    def _open_transport(self):
        """The transport, or one like it where that one is not to be used any more.

        After a fork its connections are shared with the parent: two would talk on one
        line. One that the service has closed, when it stops or begins anew, has no
        connections (oslo_messaging/_drivers/amqpdriver.py:AMQPDriverBase.cleanup).
        """
        is_closed = getattr(self.transport._driver, "_connection_pool", self) is None
        if is_closed or self._pid != os.getpid():
            self.transport = oslo_messaging.get_notification_transport(
                self.transport.conf, url=str(self.transport._driver._url)
            )
            self._pid = os.getpid()
        return self.transport
