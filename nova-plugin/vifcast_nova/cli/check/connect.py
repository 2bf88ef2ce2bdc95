"""Connects to RabbitMQ and says how it went: ``python -m vifcast_nova.cli.check.connect``.

Reads ``transport.settings`` as JSON from its standard input; writes a line of JSON for
each host: kind (null: it went well), text, exchange, lane. Makes nothing; sends one empty
message that no queue gets, and one that RabbitMQ refuses.
"""

import errno
import json
import socket
import ssl
import sys
import uuid

import amqp
import kombu
from amqp import exceptions

from vifcast_nova.cli.check.lane import ABSENT, REFUSED, WRITABLE
from vifcast_nova.cli.check.transport import without_secrets


class _Alarm(Exception):
    """RabbitMQ has reported that it takes nothing now."""


def main():
    wanted = json.loads(sys.stdin.read())
    for place in wanted["hosts"]:
        sys.stdout.write(json.dumps(_try(wanted, place)) + "\n")
        sys.stdout.flush()


def _try(wanted, place):
    answer = {"kind": None, "text": None, "exchange": None, "lane": None}
    try:
        connection = _connect(wanted, place)
        answer["exchange"] = _look_at_exchange(connection, wanted)
        _publish_to_nobody(connection)
        answer["lane"] = _look_at_lane(connection, wanted["lane"])
        # Not where one of these has failed: it might not be answered any more.
        connection.close()
    except Exception as exc:
        answer["kind"], answer["text"] = _explained(exc, wanted, place["userid"])
    return answer


def _connect(wanted, place):
    tls = wanted["ssl"]
    if tls is not None and "ca_certs" in tls:
        tls = dict(tls, cert_reqs=ssl.CERT_REQUIRED)
    connection = kombu.Connection(
        hostname=place["hostname"],
        port=place["port"],
        userid=place["userid"],
        password=place["password"],
        virtual_host=wanted["vhost"],
        ssl=False if tls is None else tls or True,
        login_method=wanted["login_method"],
        connect_timeout=wanted["timeout_s"],
        transport="pyamqp",
        transport_options={"on_blocked": _stop},
    )
    # Once: kombu's own connect() tries again.
    return connection.transport.establish_connection()


def _stop(reason):
    raise _Alarm(reason)


def _publish_to_nobody(connection):
    """Raises _Alarm where RabbitMQ has no memory or no disk to spare.

    It reports that by ``connection.blocked``, and only those who publish
    (https://www.rabbitmq.com/docs/connection-blocked). The default exchange knows no
    queue of this name, and drops the message.
    """
    channel = connection.channel()
    channel.basic_publish(amqp.Message(""), exchange="", routing_key="vifcast-%s" % uuid.uuid4())
    try:
        connection.channel()  # is answered, unless the alarm is on
    except exceptions.AccessRefused:
        return  # to publish there; not known, then


def _look_at_lane(connection, name):
    """As the outbox uses it; None without a name.

    RabbitMQ looks at the permission first, also that of a topic, and then refuses a message
    with such an expiration: no queue gets it, whatever is bound.
    """
    if name is None:
        return None
    message = amqp.Message("", expiration="never")
    try:
        connection.channel().exchange_declare(name, "topic", passive=True)
        connection.channel().basic_publish_confirm(
            message, exchange=name, routing_key="notifications.info"
        )
    except exceptions.NotFound:
        return ABSENT
    except exceptions.AccessRefused:
        return REFUSED
    except exceptions.PreconditionFailed:
        pass
    return WRITABLE


def _look_at_exchange(connection, wanted):
    exchange = wanted["exchange"]
    try:
        connection.channel().exchange_declare(exchange["name"], "topic", passive=True)
    except exceptions.NotFound:
        return {"is_there": False, "trouble": None}
    try:
        # As Nova does before each notification. It is there, so this makes nothing.
        connection.channel().exchange_declare(
            exchange["name"],
            "topic",
            durable=exchange["durable"],
            auto_delete=exchange["auto_delete"],
        )
    except (exceptions.PreconditionFailed, exceptions.AccessRefused) as exc:
        return {"is_there": True, "trouble": without_secrets(exc.reply_text, wanted)}
    return {"is_there": True, "trouble": None}


def _explained(exc, wanted, user):
    """``(kind, text)``; text None: no answer in time."""
    theirs = without_secrets(str(exc), wanted)
    if isinstance(exc, _Alarm):
        return "alarm", "it takes no notifications: its memory or disk alarm is on (%s)" % theirs
    if isinstance(exc, exceptions.AccessRefused):
        return "login", "RabbitMQ refuses user %s with this password" % user
    if isinstance(exc, (exceptions.NotAllowed, exceptions.InternalError)):
        return "vhost", without_secrets(exc.reply_text, wanted)
    if isinstance(exc, socket.gaierror):
        return "name", "unknown host name"
    if isinstance(exc, ssl.SSLError) and "timed out" not in str(exc):
        return "tls", "TLS failed: %s" % theirs
    if isinstance(exc, socket.timeout) or "timed out" in str(exc):
        return "timeout", None
    number = getattr(exc, "errno", None)
    if number == errno.ECONNREFUSED:
        return "refused", "nothing listens on that port"
    if number in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT):
        return "timeout", theirs
    if isinstance(exc, EnvironmentError):
        return "closed", "the connection was closed before the login was done (%s)" % theirs
    return "other", "%s: %s" % (type(exc).__name__, theirs)


if __name__ == "__main__":
    main()
