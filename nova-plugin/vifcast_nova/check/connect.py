"""Connects to RabbitMQ and says how it went: ``python -m vifcast_nova.check.connect``.

Reads ``transport.settings`` as JSON from its standard input; writes a line of JSON for
each host: kind (null: it went well), text, exchange. Sends nothing, makes nothing.
"""

import errno
import json
import socket
import ssl
import sys

import kombu
from amqp import exceptions


def main():
    wanted = json.loads(sys.stdin.read())
    for place in wanted["hosts"]:
        sys.stdout.write(json.dumps(_try(wanted, place)) + "\n")
        sys.stdout.flush()


def _try(wanted, place):
    answer = {"kind": None, "text": None, "exchange": None}
    try:
        connection = _connect(wanted, place)
        try:
            answer["exchange"] = _look_at_exchange(connection, wanted["exchange"])
        finally:
            connection.close()
    except Exception as exc:
        answer["kind"], answer["text"] = _explained(exc, place["userid"])
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
    )
    # Once: kombu's own connect() tries again.
    return connection.transport.establish_connection()


def _look_at_exchange(connection, wanted):
    try:
        connection.channel().exchange_declare(wanted["name"], "topic", passive=True)
    except exceptions.NotFound:
        return {"is_there": False, "trouble": None}
    try:
        # As Nova does before each notification. It is there, so this makes nothing.
        connection.channel().exchange_declare(
            wanted["name"],
            "topic",
            durable=wanted["durable"],
            auto_delete=wanted["auto_delete"],
        )
    except (exceptions.PreconditionFailed, exceptions.AccessRefused) as exc:
        return {"is_there": True, "trouble": exc.reply_text}
    return {"is_there": True, "trouble": None}


def _explained(exc, user):
    """``(kind, text)``; text None: no answer in time."""
    if isinstance(exc, exceptions.AccessRefused):
        return "login", "RabbitMQ refuses user %s with this password" % user
    if isinstance(exc, (exceptions.NotAllowed, exceptions.InternalError)):
        return "vhost", exc.reply_text
    if isinstance(exc, socket.gaierror):
        return "name", "no host of that name is known"
    if isinstance(exc, ssl.SSLError) and "timed out" not in str(exc):
        return "tls", "TLS failed: %s" % exc
    if isinstance(exc, socket.timeout) or "timed out" in str(exc):
        return "timeout", None
    number = getattr(exc, "errno", None)
    if number == errno.ECONNREFUSED:
        return "refused", "nothing listens on that port"
    if number in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT):
        return "timeout", "%s" % exc
    if isinstance(exc, EnvironmentError):
        return "closed", "the connection was closed before the login was done (%s)" % exc
    return "other", "%s: %s" % (type(exc).__name__, exc)


if __name__ == "__main__":
    main()
