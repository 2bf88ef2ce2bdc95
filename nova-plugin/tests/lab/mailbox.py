"""What has arrived in oslo.messaging's own queues, and stays there until it is taken."""

import json
import time

import kombu


def take(url, count, queue="notifications.info", timeout_s=90):
    """Wait for ``count`` notifications and what comes right after: a list of dict.

    Fewer when no more came in time. The queue is the publisher's to declare.

    :param url: str, ``amqp://user:password@host:port/vhost``
    """
    taken, until, quiet = [], time.time() + timeout_s, 0
    with kombu.Connection(url) as connection:
        while time.time() < until and (len(taken) < count or quiet < 5):
            try:
                message = connection.default_channel.basic_get(queue, no_ack=True)
            except connection.channel_errors:  # no such queue yet
                message = None
                connection.release()
            if message is None:
                quiet += 1
                time.sleep(0.1)
                continue
            quiet = 0
            taken.append(notification(message.body))
    return taken


def notification(body):
    """The notification in a messagingv2 envelope."""
    if isinstance(body, bytes):
        body = body.decode("utf-8")
    return json.loads(json.loads(body)["oslo.message"])
