"""Where oslo.messaging would connect to, and how, for the notifications of a nova.conf."""

import re

from vifcast_nova.cli.check import lane

# Of oslo.messaging, for what a transport_url leaves out.
_PORT, _USER = 5672, "guest"
_LAST_PORT = 65535
_ENCODE = "@, /, # and ? of the password as %40, %2F, %23 and %3F"
_ENCODE_MORE = "; a comma as %2C, [ and ] as %5B and %5D, and in nova.conf write $ as $$"
_FILES = ("ssl_ca_file", "ssl_cert_file", "ssl_key_file")


class Unusable(Exception):
    """oslo.messaging makes no transport of what nova.conf says; ``advice``: what to do."""

    def __init__(self, text, advice):
        Exception.__init__(self, text)
        self.advice = advice


class NotRabbitMQ(Exception):
    """A transport that we have no way to try."""


def settings(conf, timeout_s):
    """A dict that JSON can hold: hosts, vhost, ssl, login_method, exchange, lane, timeout_s.

    Raises Unusable, NotRabbitMQ. No text of oslo.messaging's errors is kept: they may
    quote the transport_url with its password.
    """
    transport = make(conf)
    driver = transport._driver
    url = driver._url
    if type(driver).__name__ != "RabbitDriver" or "+" in (url.transport or ""):
        raise NotRabbitMQ(
            "the notification transport is `%s`, not RabbitMQ: not tried." % url.transport
        )
    # What stands in the query of the URL counts more (oslo's ConfigOptsProxy).
    rabbit = driver.conf.oslo_messaging_rabbit
    _check_ports(url)
    _check_files(rabbit)
    quorum = getattr(rabbit, "rabbit_quorum_queue", False)
    return {
        "hosts": [_place(host) for host in url.hosts] or [_place(None)],
        "vhost": url.virtual_host or "/",
        "ssl": _ssl(rabbit, url),
        "login_method": rabbit.rabbit_login_method,
        "exchange": {
            "name": driver._default_exchange,
            "durable": bool(rabbit.amqp_durable_queues or quorum),
            "auto_delete": rabbit.amqp_auto_delete,
        },
        "lane": lane.exchange(conf),
        "timeout_s": timeout_s,
    }


def without_secrets(text, wanted):
    """Words of others, of a library or of RabbitMQ, without the passwords of ``settings``.

    Blotted out are whole words, and in a URL all that stands before the host: there a
    password may be written with % signs. Our own sentences hold none, and a password may
    be one of their words.
    """
    text = re.sub(r"://\S*@", "://***@", text)
    for password in {place["password"] for place in wanted["hosts"] if place["password"]}:
        before = r"(?<!\w)" if re.match(r"\w", password, re.UNICODE) else ""
        after = r"(?!\w)" if re.search(r"\w$", password, re.UNICODE) else ""
        text = re.sub(before + re.escape(password) + after, "***", text, flags=re.UNICODE)
    return text


def make(conf):
    """oslo.messaging's transport for notifications, connected to nothing; raises Unusable."""
    import oslo_messaging

    try:
        # Connects to nothing yet.
        transport = oslo_messaging.get_notification_transport(conf)
    except Exception as exc:
        raise Unusable(
            "oslo.messaging cannot use the transport_url for notifications (%s)."
            % type(exc).__name__,
            "Correct transport_url below [oslo_messaging_notifications], or below [DEFAULT] "
            "if it is not there: rabbit://USER:PASSWORD@HOST:5672/VHOST; write %s%s."
            % (_ENCODE, _ENCODE_MORE),
        )
    notifications = conf.oslo_messaging_notifications
    if _is_misread(notifications.transport_url or conf.transport_url or ""):
        raise Unusable(
            "the transport_url for notifications has an @ after a / # or ?: oslo.messaging "
            "reads what stands before that as the host.",
            "Write %s; write an @ of the virtual host as %%40 too." % _ENCODE,
        )
    if _is_split(transport._driver._url):
        raise Unusable(
            "the transport_url for notifications has hosts with a user and a password, and "
            "hosts without: oslo.messaging ends a host at a comma in a password.",
            "Write a comma of the password as %2C, or give each host a user and password.",
        )
    return transport


def _is_misread(url):
    """Whether a part of the password may be in what is taken for host, port or virtual host.

    An @ beside others before the first of those signs does no harm
    (oslo_messaging/transport.py:TransportURL.parse). What is behind a # the parsed URL does
    not keep.
    """
    return re.search(r"^[^/]*//[^/?#]*[/?#].*@", url) is not None


def _is_split(url):
    """Whether a comma of a password may have made two hosts of one.

    oslo.messaging's own form gives all hosts their credentials, or none.
    """
    given = {(bool(host.username), bool(host.password)) for host in url.hosts}
    return len(given) > 1


def _check_ports(url):
    for host in url.hosts:
        if (host.port or 0) > _LAST_PORT:
            raise Unusable(
                "%s:%d in the transport_url for notifications is not a port: the highest is %d."
                % (host.hostname, host.port, _LAST_PORT),
                "Correct the port in transport_url.",
            )


def _check_files(rabbit):
    for name in _FILES if rabbit.ssl else ():
        path = getattr(rabbit, name)
        try:
            if path:
                open(path).close()
        except EnvironmentError as exc:
            raise Unusable(
                "[oslo_messaging_rabbit] %s: %s cannot be read (%s)." % (name, path, exc.strerror),
                "Correct it in nova.conf, or make the file readable for the user that runs "
                "nova-compute.",
            )


def _place(host):
    return {
        "hostname": (host and host.hostname) or "localhost",
        "port": (host and host.port) or _PORT,
        "userid": (host and host.username) or _USER,
        "password": (host and host.password) or (None if host and host.username else _USER),
    }


def _ssl(rabbit, url):
    """As oslo_messaging/_drivers/impl_rabbit.py:_fetch_ssl_params; None without TLS."""
    if not rabbit.ssl:
        return None
    known = {
        "keyfile": rabbit.ssl_key_file,
        "certfile": rabbit.ssl_cert_file,
        "ca_certs": rabbit.ssl_ca_file,
    }
    options = {name: path for name, path in known.items() if path}
    if "ca_certs" in options:
        from oslo_messaging._drivers import impl_rabbit

        # Newer ones compare the name in the certificate.
        name_of = getattr(impl_rabbit.Connection, "_get_ssl_server_hostname", None)
        options["server_hostname"] = name_of and name_of(url)
    return {name: value for name, value in options.items() if value}
