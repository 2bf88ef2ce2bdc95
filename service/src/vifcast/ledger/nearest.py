"""Which of many spans of time is the nearest to a moment.

Sorting, not comparing each with each: one request can have thousands of events.
"""

import datetime as dt
import heapq
from collections.abc import Iterable

# From, until, and the name of what lasted so long.
Span = tuple[dt.datetime, dt.datetime, str]


def nearest(spans: Iterable[Span], moments: Iterable[dt.datetime]) -> dict[dt.datetime, str]:
    """For each moment, the name of the span that holds it, or else ends or begins nearest.

    Of several, the first by name. There is at least one span.
    """
    coming = sorted(spans, key=lambda each: (each[0], each[2]), reverse=True)
    begun: list[tuple[str, dt.datetime]] = []
    # The one that ended last among all that have begun.
    latest: tuple[dt.datetime, str] | None = None
    found = {}
    for moment in sorted(set(moments)):
        while coming and coming[-1][0] <= moment:
            _, until, name = coming.pop()
            heapq.heappush(begun, (name, until))
            if latest is None or until > latest[0] or (until == latest[0] and name < latest[1]):
                latest = (until, name)
        # Moments only rise: what is over for one is over for those after it.
        while begun and begun[0][1] < moment:
            heapq.heappop(begun)
        if begun:
            found[moment] = begun[0][0]
            continue
        before = [(moment - latest[0], latest[1])] if latest else []
        after = [(coming[-1][0] - moment, coming[-1][2])] if coming else []
        found[moment] = min(before + after)[1]
    return found
