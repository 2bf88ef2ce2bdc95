"""A gate before the bus: what is to be sent waits there, as if the broker took its time."""

import threading

from vifcast_nova.outbox import bus


class Gate(object):
    """Shut until ``open``; behind it is the real sending."""

    def __init__(self):
        opened = self._opened = threading.Event()
        send = self._send = vars(bus.Bus)["send"]

        def wait_and_send(own, letter, topic):
            assert opened.wait(60), "the gate stayed shut"
            send(own, letter, topic)

        bus.Bus.send = wait_and_send

    def open(self):
        bus.Bus.send = self._send
        self._opened.set()
