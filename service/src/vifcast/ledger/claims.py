"""Which operations can have made a change.

Everything here excludes; what cannot be excluded is possible. By time, by Nova's lists, and by
the request: Nova passes its context's ``global_id`` on to Neutron (nova/network/neutron.py:
get_client), which is ``global_request_id or request_id`` (oslo_context/context.py): what the
user sent as ``X-OpenStack-Request-Id``, or else the id of the request itself. Neutron has that
as ``_context_global_request_id``, or, as on many clouds, null: then nothing is excluded. One
global id of a user's can belong to several requests; an id that Nova made belongs to one.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from vifcast.ledger.change import LONGEST, Change, Claimant
from vifcast.ledger.lists import Lists
from vifcast.model import Action, Phase, Status

# An operation that could have made more changes decides nothing, and leaves them undecided.
_MOST = 32


class Claims:
    """Of one action: by the place of an operation those of its changes, and the other way round.

    ``too_many`` are the places of changes that an operation may have made which could have made
    very many: these are left out of ``changes``.
    """

    def __init__(
        self,
        action: Action,
        operations: Sequence[Claimant],
        changes: Sequence[Change],
        lists: Lists,
    ) -> None:
        self.changes: dict[int, list[int]] = {}
        self.too_many: set[int] = set()
        order = sorted(range(len(changes)), key=lambda place: changes[place].since_at)
        since = [changes[place].since_at for place in order]
        latest = list(_latest(changes[place].until_at for place in order))
        passed_on = _passed_on(operations)
        wide: list[tuple[int, int]] = []
        for number, operation in enumerate(operations):
            begin_at, end_at = span(operation)
            end = bisect_right(since, end_at)
            begin = bisect_left(latest, begin_at, hi=end)
            possible = []
            for place in order[begin:end]:
                change = changes[place]
                if change.until_at >= begin_at and _can_be(
                    operation, action, change, lists, passed_on
                ):
                    possible.append(place)
                    if len(possible) > _MOST:
                        wide.append((begin, end))
                        break
            else:
                self.changes[number] = possible
        for begin, end in _joined(wide):
            self.too_many.update(order[begin:end])


def span(operation: Claimant) -> tuple[dt.datetime, dt.datetime]:
    """From when until when it can have run."""
    started_at, finished_at = operation.started_at, operation.finished_at
    if operation.outcome_unknown or finished_at is None:
        begin_at = started_at or operation.first_known_at
        latest = begin_at + LONGEST
        return begin_at, latest if finished_at is None else min(finished_at, latest)
    return (started_at or finished_at - LONGEST), finished_at


def _latest(moments: Iterable[dt.datetime]) -> Iterable[dt.datetime]:
    latest: dt.datetime | None = None
    for moment in moments:
        latest = moment if latest is None else max(latest, moment)
        yield latest


def _joined(ranges: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """The ranges without what they have in common."""
    reached = 0
    for begin, end in sorted(ranges):
        yield max(begin, reached), end
        reached = max(reached, end)


def passed_on_by(operation: Claimant) -> str | None:
    """The global id that Neutron hears of what it is asked for this operation."""
    return operation.global_request_id or operation.request_id


def _passed_on(operations: Iterable[Claimant]) -> frozenset[str | None]:
    return frozenset(map(passed_on_by, operations))


def _can_be(
    operation: Claimant,
    action: Action,
    change: Change,
    lists: Lists,
    passed_on: frozenset[str | None],
) -> bool:
    if operation.port_id is not None and operation.port_id != change.port_id:
        return False
    if operation.action != action and (
        # What an attach brought goes again where it fails.
        operation.action != Action.ATTACH
        or (operation.status == Status.SUCCEEDED and not operation.outcome_unknown)
    ):
        return False
    if change.global_request_id is not None:
        its_own = passed_on_by(operation)
        if its_own != change.global_request_id and (
            its_own is not None or change.global_request_id in passed_on
        ):
            return False
    return _fits_lists(operation, change, lists)


def _fits_lists(operation: Claimant, change: Change, lists: Lists) -> bool:
    """Its own port is in the list of an attach's end alone, and of a detach's start alone."""
    own = lists.of_operation.get(operation.correlation_id)
    port_id = change.port_id
    if own is None or port_id not in lists:
        return True
    start, end = own.get(Phase.START), own.get(Phase.END)
    if operation.action == Action.ATTACH:
        if start is not None and port_id in start.nics and not change.is_return:
            return False
        return end is None or port_id in end.nics
    if start is not None and port_id not in start.nics:
        return False
    return end is None or port_id not in end.nics


def by_change(claims: dict[int, list[int]]) -> dict[int, list[int]]:
    """The operations that may have made each change."""
    found: dict[int, list[int]] = defaultdict(list)
    for number, places in claims.items():
        for place in places:
            found[place].append(number)
    return found
