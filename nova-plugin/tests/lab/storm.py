"""A busy host: Nova notifies from several threads while NICs are attached.

``python -m lab.storm AMQP_URL DIRECTORY FORMAT`` in a Nova environment; prints, as JSON, what
Nova has handed to its drivers, as ``[[server, message_id, event_type], ...]``, and how many
NICs were attached. All of it has been sent by then.
"""

from lab import threads

# Before anything imports threading, as kombu does.
threads.choose()

import json  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402

THREADS = 4
ROUNDS = 200
# oslo.messaging's "test" keeps what it is handed: Nova's own word for what there is to send.
DRIVERS = ["test", "vifcast_outbox", "vifcast"]
SENT_WITHIN_S = 120


class Notifying(threading.Thread):
    """Nova's own functions for one server, over and over: starts, ends, errors."""

    def __init__(self, nova, name):
        threading.Thread.__init__(self)
        self.nova, self.server = nova, nova.server(name)
        self.uuid = self.server.instance.uuid
        self.failure = None

    def run(self):
        try:
            for number in range(ROUNDS):
                self._notify("start")
                try:
                    if number % 10 == 0:
                        raise RuntimeError("it failed")
                    self._notify("end")
                except RuntimeError as exc:
                    self._notify("error", exc)
                time.sleep(0)  # green threads have no other turn
        except Exception as exc:
            self.failure = exc

    def _notify(self, phase, fault=None):
        from nova.compute import utils

        context, instance = self.server.context, self.server.instance
        utils.notify_about_instance_usage(
            self.nova.manager.notifier, context, instance, "reboot." + phase, fault=fault
        )
        utils.notify_about_instance_action(
            context, instance, "compute1", action="reboot", phase=phase, exception=fault
        )


def server_of(message):
    """The uuid of the server in a notification of either format."""
    payload = message["payload"].get("nova_object.data", message["payload"])
    return payload.get("uuid") or payload["instance_id"]


def main(url, directory, notification_format):
    from lab import broker, compute

    nova = compute.boot(directory, broker.transport_url(url), notification_format, DRIVERS)
    from oslo_messaging.notify import _impl_test
    from vifcast_nova.outbox import process

    attached = nova.server("vm-attached")
    storm = [Notifying(nova, "vm-%d" % number) for number in range(THREADS)]
    _impl_test.NOTIFICATIONS[:] = []
    for thread in storm:
        thread.start()
    attaches = 0
    while any(thread.is_alive() for thread in storm):
        attached.attach()
        attaches += 1
        time.sleep(0)
    for thread in storm:
        thread.join()
        if thread.failure is not None:
            raise thread.failure
    assert process.flush(SENT_WITHIN_S), "the outbox did not get empty"
    notified = [
        (server_of(message), message["message_id"], message["event_type"])
        for _, message, _, _ in _impl_test.NOTIFICATIONS
    ]
    servers = [thread.uuid for thread in storm] + [attached.instance.uuid]
    print(json.dumps({"notified": notified, "servers": servers, "attaches": attaches}))


if __name__ == "__main__":
    main(*sys.argv[1:])
