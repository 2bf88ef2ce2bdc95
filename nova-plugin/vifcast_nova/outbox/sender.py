"""The loop that sends what waits: in order, for as long as it takes."""

import logging
import random
import time

from vifcast_nova.outbox import letter as letters
from vifcast_nova.outbox.own import is_past

LOG = logging.getLogger(__name__)

LOOK_AROUND_S = 10
# Between the first notification after a quiet time and its sending: whoever told of a
# start goes on with the work itself, and Python has but one lock for both.
PAUSE_S = 0.1
BACK_OFF_S = (1, 2, 4, 8, 16, 30)


class Sender(object):
    """Runs in a thread of its own, a green one where the service has those.

    :param outbox: Outbox, what to send and where to
    """

    def __init__(self, outbox):
        self._outbox = outbox
        self._looked_around_at = None
        self._failures = 0  # in a row
        self._entry = None  # the one that ``_topics_done`` is about
        self._topics_done = 0
        self._owed = None  # after an outage: how many still have to be sent
        self._caught_up = 0
        self._complained_at = None

    @property
    def is_failing(self):
        """Whether the last attempt to send has failed."""
        return self._failures > 0

    def run(self):
        """Until the outbox is closed."""
        while not self._outbox.stopping.is_set():
            try:
                self._step()
            except Exception:
                self._complain()
                self._outbox.stopping.wait(1)

    def _step(self):
        outbox = self._outbox
        if is_past(self._looked_around_at, LOOK_AROUND_S):
            self._looked_around_at = time.time()
            try:
                outbox.look_around()
            except EnvironmentError as exc:
                # A directory that cannot be used: the outbox has said so.
                LOG.debug("vifcast-nova: cannot look around the outbox: %s", exc)
        outbox.wake.clear()
        entry = outbox.take()
        if entry is None:
            if outbox.wake.wait(LOOK_AROUND_S):
                outbox.hurry.wait(PAUSE_S)
            return
        if entry is not self._entry:
            # Whatever became of the last one: given up, gone, sent.
            self._entry, self._topics_done = entry, 0
        data = outbox.read(entry)
        if data is None:
            return
        try:
            letter = letters.from_bytes(data)
        except letters.NotALetter as exc:
            outbox.set_aside(entry, exc)
            return
        self._deliver(entry, letter)

    def _deliver(self, entry, letter):
        try:
            for topic in letter.topics[self._topics_done :]:
                self._outbox.bus.send(letter, topic)
                self._topics_done += 1
        except Exception as exc:
            # What is written can be sent, so it is the bus, whatever the class: oslo,
            # kombu, amqp, ssl and socket each have their own.
            self._failed(exc)
            return
        self._outbox.done(entry, was_sent=True)
        self._succeeded()

    def _failed(self, exc):
        if not self._failures and self._owed is None:
            LOG.warning(
                "vifcast-nova: the notification bus takes nothing (%s: %s). Notifications "
                "wait in %s and are sent when it is back; the service goes on meanwhile.",
                type(exc).__name__,
                exc,
                self._outbox.directory,
            )
        self._owed = 0
        delay_s = BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        self._failures += 1
        # Not all hosts of a cloud at the same moment.
        self._outbox.stopping.wait(delay_s * random.uniform(0.5, 1))

    def _succeeded(self):
        if self._owed is None:
            return
        self._caught_up += 1
        if self._failures:
            self._failures = 0
            self._owed = self._outbox.depth()
        else:
            self._owed -= 1
        if self._owed <= 0:
            LOG.info(
                "vifcast-nova: the notification bus is back; %d notifications that had "
                "waited were sent",
                self._caught_up,
            )
            self._owed, self._caught_up = None, 0

    def _complain(self):
        if is_past(self._complained_at, 60):
            self._complained_at = time.time()
            try:
                LOG.warning(
                    "vifcast-nova: sending from the outbox failed; it goes on. Please "
                    "report this traceback.",
                    exc_info=True,
                )
            except Exception:
                pass  # a log handler that raises must not end the loop
