"""The loop that sends what waits: in order, for as long as it takes."""

import errno
import logging
import random
import time

from oslo_utils import timeutils

from vifcast_nova.outbox import letter as letters
from vifcast_nova.outbox import quiet
from vifcast_nova.outbox.outage import Outage
from vifcast_nova.outbox.own_spool import is_past
from vifcast_nova.outbox.refusals import Refusal, Refusals

LOG = logging.getLogger(__name__)

LOOK_AROUND_S = 10
BACK_OFF_S = (1, 2, 4, 8, 16, 30)
_PASSING = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR)


class Sender(object):
    """``run`` and ``watch`` have threads of their own, green ones where the service has those.

    :param backlog: LockedBacklog, what to send
    :param bus: Bus, where to; may be replaced by another to the same place
    :param lane: Lane, where to as well
    :param adoption: Adoption, which is given a look now and then
    """

    def __init__(self, backlog, bus, lane, adoption):
        self._backlog = backlog
        self.bus = bus
        self._lane = lane
        self._adoption = adoption
        self._looked_around_at_s = None
        self._delivered_at_s = None
        self._failures = 0  # in a row
        self._outage = Outage(backlog)
        self._refusals = Refusals()
        # Entry: how many of its steps are done. Each topic has two: Nova's exchange, the lane.
        self._steps_done = {}
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
        while not self._backlog.stopping.is_set():
            try:
                self._step()
            except Exception:
                self._complain()
                self._backlog.stopping.wait(1)
        self._lane.close()
        self._backlog.idle.set()

    def watch(self):
        """See whether ``run`` hangs, until the outbox is closed."""
        while not self._backlog.stopping.wait(LOOK_AROUND_S):
            try:
                self._outage.look()
            except Exception:
                self._complain()

    def _step(self):
        backlog = self._backlog
        if is_past(self._looked_around_at_s, LOOK_AROUND_S):
            self._looked_around_at_s = timeutils.now()
            try:
                self._adoption.look_around()
            except EnvironmentError as exc:
                # A directory that cannot be used: the outbox has logged that.
                LOG.debug("vifcast-nova: cannot look around the outbox: %s", exc)
        backlog.wake.clear()
        entry = backlog.take()
        if entry is None:
            self._steps_done.clear()
            self._outage.nothing_waits()
            self._rest()
            return
        backlog.quiet.wait(entry.since_s)
        trouble = self._deliver(entry)
        if isinstance(trouble, Refusal):
            if not self._is_overtaken(entry, trouble):
                self._outage.failed(trouble.why)
                self._back_off()
        elif trouble is not None:
            LOG.debug("vifcast-nova: %s waits for its lane: %s", entry.at_ns, trouble)
            self._back_off()

    def _rest(self):
        while not self._backlog.wake.is_set() and self._backlog.make_spare():
            time.sleep(0)  # other green threads have their turn
        # No start wakes this thread: it looks by itself, as often as one may wait.
        if self._backlog.wake.wait(quiet.HOLD_S):
            self._backlog.quiet.pause()
        elif is_past(self._delivered_at_s, LOOK_AROUND_S):
            self._lane.close()

    def _deliver(self, entry):
        """Send to all its topics; returns None when it is done with.

        Otherwise a Refusal, of Nova's exchange, or the exception that the lane failed with.
        """
        data = self._read(entry)
        if data is None:
            return None
        try:
            letter = letters.from_bytes(data)
        except letters.NotALetter as exc:
            self._backlog.set_aside(entry, exc)
            return None
        for step in range(self._steps_done.get(entry, 0), 2 * len(letter.topics)):
            topic = letter.topics[step // 2]
            is_lane = step % 2
            trouble = self._to_lane(letter, topic) if is_lane else self._to_bus(letter, topic)
            if trouble is not None:
                if is_lane and self._lane.wants_proof:
                    self._steps_done[entry] = step - 1
                return trouble
            self._steps_done[entry] = step + 1
        self._steps_done.pop(entry, None)
        self._backlog.done(entry, was_sent=True)
        self._delivered_at_s = timeutils.now()
        self._outage.taken()
        return None

    def _read(self, entry):
        """The bytes of an Entry; None when its file is gone or cannot be read.

        It is then done with. Raises EnvironmentError when another try may do.
        """
        if entry.spool is None:
            return entry.data
        try:
            return entry.spool.read(entry.at_ns)
        except EnvironmentError as exc:
            if exc.errno in _PASSING:
                raise
            if exc.errno == errno.ENOENT:
                self._backlog.done(entry, was_sent=False)
            else:
                self._backlog.set_aside(entry, exc)
            return None

    def _to_bus(self, letter, topic):
        place = "%s.%s" % (topic, letter.priority)
        self._outage.trying()
        try:
            self.bus.send(letter, topic)
        except Exception as exc:
            # Whatever the class: oslo, kombu, amqp, ssl and socket have their own.
            self._lane.bus_failed()
            return Refusal(letter, place, exc)
        finally:
            self._outage.tried()
        self._refusals.taken(place)
        self._failures = 0
        return None

    def _to_lane(self, letter, topic):
        try:
            self._lane.send(self.bus, letter, topic)
        except Exception as exc:
            return exc
        return None

    def _is_overtaken(self, entry, refusal):
        """Whether the bus takes another; the Entry in hand may then be set aside."""
        if not self._refusals.add(entry, refusal):
            return False
        other = self._backlog.behind(self._refusals.depth)
        if other is None or not self._is_bus_there():
            return False
        # It may have come back just now: nothing is to get before this one then.
        refusal = self._deliver(entry)
        if not isinstance(refusal, Refusal):
            return True
        before = self._steps_done.get(other, 0)
        still_waits = self._deliver(other) is not None
        was_taken = not still_waits or self._steps_done.get(other, 0) > before
        if self._refusals.overtake(refusal, was_taken, still_waits):
            self._set_aside(entry, refusal)
        return was_taken

    def _is_bus_there(self):
        self._outage.trying()
        try:
            return self.bus.is_there()
        finally:
            self._outage.tried()

    def _set_aside(self, entry, refusal):
        step = self._steps_done.pop(entry, 0)
        for topic in refusal.letter.topics[step // 2 :]:
            self._to_lane(refusal.letter, topic)  # whose listener need not do without it
        message = refusal.letter.message
        why = "%s (message_id %s) is refused for %s, while others are taken (%s: %s)" % (
            message["event_type"],
            message.get("message_id"),
            refusal.place,
            type(refusal.why).__name__,
            refusal.why,
        )
        is_news = not self._refusals.is_known(refusal)
        self._backlog.refused(entry, why, is_news)
        self._refusals.set_aside(refusal)

    def _back_off(self):
        delay_s = BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        self._failures += 1
        # Not all hosts of a cloud at the same moment.
        self._backlog.stopping.wait(delay_s * random.uniform(0.5, 1))

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
