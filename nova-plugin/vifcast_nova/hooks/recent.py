"""What happened a short while ago."""

import collections


class Recent(object):
    """Keys and when each was noted; the oldest go when there are too many.

    Has no lock of its own.

    :param clock: returns seconds that only grow
    :param period_s: how long a key counts as recent
    :param most: how many are kept
    """

    def __init__(self, clock, period_s, most):
        self._clock = clock
        self._period_s = period_s
        self._most = most
        self._noted_at = collections.OrderedDict()

    def note(self, key):
        """``key`` happens now."""
        self.forget(key)
        self._noted_at[key] = self._clock()
        while len(self._noted_at) > self._most:
            self._noted_at.popitem(last=False)

    def forget(self, key):
        """``key`` is not recent any more, if it was."""
        self._noted_at.pop(key, None)

    def __contains__(self, key):
        noted_at = self._noted_at.get(key)
        return noted_at is not None and self._clock() - noted_at <= self._period_s
