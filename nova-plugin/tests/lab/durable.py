"""A listener's side of the lane: the durable exchange, and a durable queue bound to it."""

import time

import kombu

from lab import mailbox

EXCHANGE, QUEUE = "vifcast", "lane"
KEYS = ("notifications.info", "notifications.error")


def declare(url, keys=KEYS, exchange=EXCHANGE):
    """Make both; what is there stays.

    :param url: str, ``amqp://user:password@host:port/vhost``
    """
    with kombu.Connection(url) as connection:
        channel = connection.channel()
        place = kombu.Exchange(exchange, "topic", durable=True)(channel)
        place.declare()
        if not keys:
            return
        queue = kombu.Queue(QUEUE, durable=True)(channel)
        queue.queue_declare()
        for key in keys:
            queue.bind_to(place, routing_key=key)


def delete_exchange(url):
    """And its bindings with it."""
    with kombu.Connection(url) as connection:
        connection.channel().exchange_delete(EXCHANGE)


def unbind(url, keys=KEYS):
    """The exchange stays."""
    with kombu.Connection(url) as connection:
        # One for all: py-amqp 5.0 (Wallaby) opens the number of one it has forgotten again.
        channel = connection.channel()
        for key in keys:
            channel.queue_unbind(QUEUE, EXCHANGE, key)


def take(url, count, timeout_s=30):
    """Notifications that the queue holds, waiting for so many."""
    return mailbox.take(url, count, queue=QUEUE, timeout_s=timeout_s)


def take_raw(url, timeout_s=30):
    """The first message, as kombu has it."""
    until = time.time() + timeout_s
    with kombu.Connection(url) as connection:
        queue = kombu.Queue(QUEUE)(connection.channel())
        while time.time() < until:
            message = queue.get(no_ack=True)
            if message is not None:
                return message
            time.sleep(0.05)
    raise AssertionError("nothing has come")
