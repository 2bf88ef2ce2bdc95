"""When the sender may run beside the service's own threads: Python has one lock for all."""

import threading

from oslo_utils import timeutils

# A notification waits so long at most for the operations of this process to end.
HOLD_S = 1.0
# Between the first notification after a quiet time, or the end of an operation, and sending:
# whoever sent a start goes on with the work itself, and the next operation may begin at once.
PAUSE_S = 0.1


class Quiet(object):
    """The outbox reports how many operations are under way; the sender waits for none.

    Whoever reports wakes nobody: each time that the sender wakes it takes Python's lock from
    the operation that begins next. It looks again by itself.
    """

    def __init__(self):
        self._hurry = threading.Event()
        self._under_way = 0
        self._quiet_since_s = None

    def operations(self, count):
        """So many are under way."""
        if self._under_way and not count:
            self._quiet_since_s = timeutils.now()
        self._under_way = count

    def hurry(self, is_needed):
        """Whether somebody waits for the sender."""
        if is_needed:
            self._hurry.set()
        else:
            self._hurry.clear()

    def pause(self):
        """After the first notification; not while somebody waits."""
        self._hurry.wait(PAUSE_S)

    def wait(self, since_s):
        """Until no operation has been under way for ``PAUSE_S``, or what is left of ``HOLD_S``.

        :param since_s: when the notification to be sent was put in, of timeutils.now
        """
        until_s = since_s + HOLD_S
        while not self._hurry.is_set():
            now_s = timeutils.now()
            quiet_at_s = now_s + PAUSE_S
            if not self._under_way:
                quiet_at_s = (self._quiet_since_s or 0) + PAUSE_S
            rest_s = min(until_s, quiet_at_s) - now_s
            if rest_s <= 0:
                return
            self._hurry.wait(rest_s)
