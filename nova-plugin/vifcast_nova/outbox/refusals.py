"""Is it the bus that is away, or this one notification that it will never take?"""

import collections

# No error of oslo.messaging's distinguishes the two: "Unable to connect to AMQP server" is
# said of either (oslo_messaging/_drivers/impl_rabbit.py:Connection.ensure).
PATIENCE = 5

# letter: Letter; place: str, topic and priority; why: the exception
Refusal = collections.namedtuple("Refusal", "letter place why")


class Refusals(object):
    """What is known of the head, the first that waits, and of where it goes.

    A head that was refused several times is overtaken by another. If the bus takes that
    one, refuses the head again, and takes a next one, then it is the head's own fault.
    Once would not do: the bus may have come back in between, or gone away again. It does
    where another was set aside that goes to the same place, and the place has taken
    nothing since.
    """

    def __init__(self):
        self.depth = 0  # which of those behind the head is to overtake it
        self._head = None  # Entry
        self._count = 0
        self._overtaken = 0
        self._places = set()  # that have refused for good, and taken nothing since

    def add(self, entry, refusal):
        """The head was refused; returns whether another may try to overtake it."""
        is_known = self.is_known(refusal)
        if entry is not self._head:
            self._head, self._count, self._overtaken = entry, 0, 0
            self.depth = max(0, self.depth - 1) if is_known else 0
        self._count += 1
        return is_known or self.is_in_doubt

    @property
    def is_in_doubt(self):
        """Whether the head was refused so often that it may be its own fault."""
        return self._count >= PATIENCE

    def overtake(self, refusal, was_taken, still_waits):
        """Another has tried; returns whether the head is to be set aside.

        :param refusal: the head's
        :param was_taken: bool, whether one of its topics was
        :param still_waits: bool, whether one was not
        """
        if still_waits:
            self.depth += 1  # next time the one after it
        if was_taken:
            self._overtaken += 1
            return self._overtaken > 1 or self.is_known(refusal)
        # It may be one that will never be taken, too.
        self._overtaken = 0
        return False

    def is_known(self, refusal):
        """Whether one was set aside because of where it goes, and this one goes there."""
        return refusal.place in self._places

    def set_aside(self, refusal):
        """The head was; the next one that is refused there need not wait so long."""
        self._places.add(refusal.place)

    def taken(self, place):
        """The bus takes what goes there."""
        self._places.discard(place)
