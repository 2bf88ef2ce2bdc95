"""The loop that sends what waits: in order, for as long as it takes."""

import logging
import random

from oslo_utils import timeutils

from vifcast_nova.outbox import letter as letters
from vifcast_nova.outbox.outage import Outage
from vifcast_nova.outbox.own import is_past
from vifcast_nova.outbox.refusals import Refusal, Refusals

LOG = logging.getLogger(__name__)

LOOK_AROUND_S = 10
# Between the first notification after a quiet time and its sending: whoever told of a
# start goes on with the work itself, and Python has but one lock for both.
PAUSE_S = 0.1
BACK_OFF_S = (1, 2, 4, 8, 16, 30)


class Sender(object):
    """``run`` and ``watch`` have threads of their own, green ones where the service has those.

    :param outbox: Outbox, what to send and where to
    """

    def __init__(self, outbox):
        self._outbox = outbox
        self._looked_around_at_s = None
        self._failures = 0  # in a row
        self._outage = Outage(outbox)
        self._refusals = Refusals()
        self._topics_done = {}  # Entry: how many of its topics the bus has taken
        self._complained_at_s = None

    @property
    def is_failing(self):
        """Whether the last attempt to send has failed."""
        return self._failures > 0

    @property
    def is_in_doubt(self):
        """Whether the first that waits was refused so often that it may be its own fault."""
        return self.is_failing and self._refusals.is_in_doubt

    def run(self):
        """Send, until the outbox is closed."""
        while not self._outbox.stopping.is_set():
            try:
                self._step()
            except Exception:
                self._complain()
                self._outbox.stopping.wait(1)

    def watch(self):
        """See whether ``run`` hangs, until the outbox is closed."""
        while not self._outbox.stopping.wait(LOOK_AROUND_S):
            try:
                self._outage.look()
            except Exception:
                self._complain()

    def _step(self):
        outbox = self._outbox
        if is_past(self._looked_around_at_s, LOOK_AROUND_S):
            self._looked_around_at_s = timeutils.now()
            try:
                outbox.look_around()
            except EnvironmentError as exc:
                # A directory that cannot be used: the outbox has said so.
                LOG.debug("vifcast-nova: cannot look around the outbox: %s", exc)
        outbox.wake.clear()
        entry = outbox.take()
        if entry is None:
            self._topics_done.clear()
            self._outage.nothing_waits()
            if outbox.wake.wait(LOOK_AROUND_S):
                outbox.hurry.wait(PAUSE_S)
            return
        refusal = self._deliver(entry)
        if refusal is not None and not self._is_overtaken(entry, refusal):
            self._back_off(refusal)

    def _deliver(self, entry):
        """Send to all its topics; returns a Refusal, or None when it is done with."""
        data = self._outbox.read(entry)
        if data is None:
            return None
        try:
            letter = letters.from_bytes(data)
        except letters.NotALetter as exc:
            self._outbox.set_aside(entry, exc)
            return None
        for topic in letter.topics[self._topics_done.get(entry, 0) :]:
            place = "%s.%s" % (topic, letter.priority)
            self._outage.trying()
            try:
                self._outbox.bus.send(letter, topic)
            except Exception as exc:
                # Whatever the class: oslo, kombu, amqp, ssl and socket have their own.
                return Refusal(letter, place, exc)
            finally:
                self._outage.tried()
            self._topics_done[entry] = self._topics_done.get(entry, 0) + 1
            self._refusals.taken(place)
            self._failures = 0
        self._topics_done.pop(entry, None)
        self._outbox.done(entry, was_sent=True)
        self._outage.taken()
        return None

    def _is_overtaken(self, entry, refusal):
        """Whether the bus takes another; the Entry in hand may then be set aside."""
        if not self._refusals.add(entry, refusal):
            return False
        other = self._outbox.behind(self._refusals.depth)
        if other is None or not self._is_bus_there():
            return False
        # It may have come back just now: nothing is to get before this one then.
        refusal = self._deliver(entry)
        if refusal is None:
            return True
        before = self._topics_done.get(other, 0)
        refused = self._deliver(other)
        still_waits = refused is not None
        was_taken = not still_waits or self._topics_done.get(other, 0) > before
        if self._refusals.overtake(refusal, was_taken, still_waits):
            self._set_aside(entry, refusal)
        return was_taken

    def _is_bus_there(self):
        self._outage.trying()
        try:
            return self._outbox.bus.is_there()
        finally:
            self._outage.tried()

    def _set_aside(self, entry, refusal):
        self._topics_done.pop(entry, None)
        message = refusal.letter.message
        why = "%s (message_id %s) is refused for %s, while others are taken (%s: %s)" % (
            message["event_type"],
            message.get("message_id"),
            refusal.place,
            type(refusal.why).__name__,
            refusal.why,
        )
        is_news = not self._refusals.is_known(refusal)
        self._outbox.refused(entry, why, is_news)
        self._refusals.set_aside(refusal)

    def _back_off(self, refusal):
        self._outage.failed(refusal.why)
        delay_s = BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        self._failures += 1
        # Not all hosts of a cloud at the same moment.
        self._outbox.stopping.wait(delay_s * random.uniform(0.5, 1))

    def _complain(self):
        if is_past(self._complained_at_s, 60):
            self._complained_at_s = timeutils.now()
            try:
                LOG.warning(
                    "vifcast-nova: sending from the outbox failed; it goes on. Please "
                    "report this traceback.",
                    exc_info=True,
                )
            except Exception:
                pass  # a log handler that raises must not end the loop
