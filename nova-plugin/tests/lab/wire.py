"""An ear on exchange ``nova``: every notification, as it went over the bus."""

import json
import sys

import kombu

from lab import changing

_SENT_WITHIN_S = 30


class Wire(object):
    """A queue of our own bound to everything on exchange ``nova``.

    :param url: str, ``amqp://user:password@host:port/vhost``
    """

    def __init__(self, url):
        self.waits_for_outbox = True
        self.wait_for_outbox()  # what was sent before is not for us
        self._connection = kombu.Connection(url)
        channel = self._connection.channel()
        exchange = kombu.Exchange("nova", type="topic", durable=False)
        self._queue = kombu.Queue(
            exchange=exchange, routing_key="#", exclusive=True, auto_delete=True
        )(channel)
        self._queue.declare()

    def wait_for_outbox(self):
        """Until this process's outbox, if it has one, has sent everything."""
        changing.wait_until_reported()
        process = sys.modules.get("vifcast_nova.outbox.process")
        if process is not None and self.waits_for_outbox:
            assert process.flush(_SENT_WITHIN_S), "the outbox did not get empty"

    def take(self):
        """All that has arrived since last time, in order: a list of dicts.

        Each is the decoded notification; ``_routing_key`` and ``_body`` (bytes)
        are added. What this process's outbox holds is waited for; oslo.messaging
        waits for the broker's confirm, so what it has sent is here.
        """
        self.wait_for_outbox()
        taken = []
        while True:
            message = self._queue.get(no_ack=True)
            if message is None:
                return taken
            body = message.body
            if not isinstance(body, bytes):
                body = body.encode("utf-8")
            envelope = json.loads(body.decode("utf-8"))
            notification = json.loads(envelope["oslo.message"])
            notification["_routing_key"] = message.delivery_info["routing_key"]
            notification["_body"] = body
            taken.append(notification)

    def take_nics(self):
        """Those of ``take`` that are our six."""
        return [n for n in self.take() if is_about_nics(n)]

    def close(self):
        self._connection.release()


def is_about_nics(notification):
    """Is this one of compute.instance.interface_attach/detach.*?"""
    return notification["event_type"].startswith("compute.instance.interface_")


def phases(notifications):
    """``["attach.start", "attach.end", ...]`` of a list of NIC notifications."""
    return [
        n["event_type"][len("compute.instance.interface_") :] for n in notifications
    ]
