"""``Rate``: so many in a second, with a little in store."""

# Whoever looks for what is due does so several times a second.
_IN_STORE_S = 0.25


class Rate:
    """A bucket of tokens; times are seconds of a clock that only goes forward."""

    def __init__(self, per_s: float, now_s: float) -> None:
        self._per_s = per_s
        self._most = max(1.0, per_s * _IN_STORE_S)
        self._tokens = self._most
        self._at_s = now_s

    def set(self, per_s: float) -> None:
        """Another rate from now on."""
        self._per_s = per_s
        self._most = max(1.0, per_s * _IN_STORE_S)

    def available(self, now_s: float) -> int:
        """How many may be sent now."""
        gained = (now_s - self._at_s) * self._per_s
        self._tokens = min(self._most, self._tokens + gained)
        self._at_s = now_s
        return int(self._tokens)

    def take(self, count: int) -> None:
        """So many are sent."""
        self._tokens -= count
