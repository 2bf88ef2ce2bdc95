"""The RabbitMQ that ``make`` started for the tests: a vhost on it for each run."""

import base64
import json
import os
import uuid

try:
    from urllib.request import Request, urlopen
except ImportError:  # Python 2.7
    from urllib2 import Request, urlopen


class NoBroker(Exception):
    """The tests were started without their RabbitMQ."""


def new_vhost():
    """Make a vhost; returns its URL, ``amqp://user:password@host:port/vhost``."""
    try:
        url = os.environ["VIFCAST_TEST_RABBITMQ_URL"]
        os.environ["VIFCAST_TEST_RABBITMQ_API"]
    except KeyError as missing:
        raise NoBroker(
            "%s is not set: these tests need a real RabbitMQ. Run `make "
            "test-plugin`, or prefix the command with `python3 "
            "tests/support/rabbitmq.py run --`." % missing
        )
    name = "vifcast-%s" % uuid.uuid4().hex[:12]
    _put("vhosts/%s" % name, url, {})
    return "%s/%s" % (url.rstrip("/"), name)


def limited_user(url, configure=".*", write=".*", read=".*"):
    """Make a user with these permissions on the vhost of ``url``; returns the URL with it."""
    name = "limited-%s" % uuid.uuid4().hex[:12]
    vhost = url.rsplit("/", 1)[1]
    _put("users/%s" % name, url, {"password": "sesame", "tags": ""})
    rights = {"configure": configure, "write": write, "read": read}
    _put("permissions/%s/%s" % (vhost, name), url, rights)
    return "amqp://%s:sesame@%s" % (name, url.split("@")[1])


def add_user(url, name, password):
    """Make a user who may do everything on the vhost of ``url``."""
    _put("users/%s" % name, url, {"password": password, "tags": ""})
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    _put("permissions/%s/%s" % (url.rsplit("/", 1)[1], name), url, rights)


def transport_url(url):
    """The same place as nova.conf writes it."""
    return url.replace("amqp://", "rabbit://", 1)


def _put(path, url, content):
    api = os.environ["VIFCAST_TEST_RABBITMQ_API"]
    data = json.dumps(content).encode("ascii")
    request = Request("%s/api/%s" % (api.rstrip("/"), path), data=data)
    request.get_method = lambda: "PUT"
    request.add_header("Content-Type", "application/json")
    request.add_header("Authorization", b"Basic " + _credentials(url))
    urlopen(request, timeout=30).close()


def _credentials(url):
    return base64.b64encode(url.split("://")[1].split("@")[0].encode("ascii"))
