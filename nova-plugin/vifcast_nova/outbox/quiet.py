"""When the sender may run beside the service's own threads: Python has one lock for all."""

import threading

from oslo_utils import timeutils

# A notification waits so long at most for the operations of this process to end.
HOLD_S = 1.0
# Between the first notification after a quiet time and its sending: whoever sent a start goes
# on with the work itself.
PAUSE_S = 0.1


class Quiet(object):
    """The outbox reports how many operations are under way; the sender waits for none."""

    def __init__(self):
        self._hurry = threading.Event()
        self._is_quiet = threading.Event()
        self._is_quiet.set()

    def operations(self, count):
        """So many are under way."""
        if count and not self._hurry.is_set():
            self._is_quiet.clear()
        else:
            self._is_quiet.set()

    def hurry(self, is_needed):
        """Whether somebody waits for the sender."""
        if is_needed:
            self._hurry.set()
            self._is_quiet.set()
        else:
            self._hurry.clear()

    def pause(self):
        """After the first notification; not while somebody waits."""
        self._hurry.wait(PAUSE_S)

    def wait(self, since_s):
        """Until no operation is under way, or for what is left of ``HOLD_S``.

        :param since_s: when the notification to be sent was put in, of timeutils.now
        """
        left_s = since_s + HOLD_S - timeutils.now()
        if left_s > 0:
            self._is_quiet.wait(left_s)
