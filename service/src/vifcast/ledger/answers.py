"""Which of the ports that came or went each operation was about, one change for one operation."""

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from vifcast.ledger.change import Change, Key, Wanting, window


def answers(operations: Sequence[Wanting], changes: Iterable[Change]) -> dict[Key, Change]:
    """The operations of which it is certain, each with its change.

    An operation's change is one that Neutron made for its request, or else the only one at its
    time. What two could have been is the nearer one's; where both are as near, nobody's. What is
    given away leaves the others less to choose from.
    """
    choices = _Choices(operations, changes)
    found: dict[int, Change] = {}
    undecided = set(range(len(operations)))
    while undecided:
        chosen = {change for number in undecided for change in choices.choose(number)}
        undecided = set()
        for change in chosen:
            number = choices.nearest(change)
            if number is not None:
                found[number] = change
                undecided |= choices.take(change)
        undecided -= found.keys()
    return {
        (operations[number].correlation_id, operations[number].id): change
        for number, change in found.items()
    }


class _Choices:
    def __init__(self, operations: Sequence[Wanting], changes: Iterable[Change]) -> None:
        self._operations = operations
        requests = {each.request_id for each in operations} - {None}
        # What was made for an operation's request is of no other.
        self._own: dict[str | None, list[Change]] = defaultdict(list)
        self._free: list[Change] = []
        for change in sorted(changes, key=lambda each: (each.at, each.port_id)):
            if change.request_id in requests:
                self._own[change.request_id].append(change)
            else:
                self._free.append(change)
        self._free_at = [change.at for change in self._free]
        self._taken: set[Change] = set()
        # By change: who may choose otherwise once it is taken, and who has chosen it.
        self._looked_at: dict[Change, set[int]] = defaultdict(set)
        self._chosen_by: dict[Change, set[int]] = defaultdict(set)

    def choose(self, number: int) -> list[Change]:
        """The operation's choice, if it has one that is not taken."""
        operation = self._operations[number]
        earliest, latest = window(operation.started_at, operation.finished_at)
        own = [
            change
            for change in self._own.get(operation.request_id, ())
            if earliest <= change.at <= latest
        ]

        def fitting() -> Iterator[Change]:
            return chain(own, self._free_between(earliest, latest))

        for among in (own, fitting(), (each for each in fitting() if each.is_certain)):
            found = self._of_one_port(number, among)
            if found:
                change = min(reversed(found), key=lambda each: _distance(operation, each))
                self._chosen_by[change].add(number)
                return [change]
        return []

    def _free_between(self, earliest: dt.datetime, latest: dt.datetime) -> Iterator[Change]:
        for place in range(bisect_left(self._free_at, earliest), len(self._free)):
            if self._free_at[place] > latest:
                return
            yield self._free[place]

    def _of_one_port(self, number: int, changes: Iterable[Change]) -> list[Change]:
        found: list[Change] = []
        for change in changes:
            if change not in self._taken:
                self._looked_at[change].add(number)
                if found and change.port_id != found[0].port_id:
                    return []
                found.append(change)
        return found

    def nearest(self, change: Change) -> int | None:
        """Of those that have chosen it the one that was running, or the nearest."""
        first, *others = sorted(
            (_distance(self._operations[number], change), number)
            for number in self._chosen_by[change]
        )
        return None if others and others[0][0] == first[0] else first[1]

    def take(self, change: Change) -> set[int]:
        """Give it away; who has to choose again."""
        self._taken.add(change)
        return self._looked_at.pop(change)


def _distance(operation: Wanting, change: Change) -> dt.timedelta:
    end = operation.finished_at
    return max((operation.started_at or end) - change.at, change.at - end, dt.timedelta())
