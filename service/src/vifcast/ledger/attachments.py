"""What is known of one NIC to the periods in which it was on an instance.

Knowledge used here: Neutron binds a port to one host and one device at a time, so a
port that came to B is no longer on A, whatever else was seen or missed; and an
instance that was deleted has no NIC any more, unless an attach begins later on: Nova
says that an instance was deleted even where that failed (see notification/event_types). A port
that Neutron or a list saw on an instance while an attach of it ran that failed was never attached.
"""

import datetime as dt
from collections.abc import Iterable

from vifcast.ledger.change import CLOCKS_APART
from vifcast.ledger.moves import Move, MoveKind
from vifcast.ledger.period import Period
from vifcast.model import Attachment


def attachments_from(nic: str, moves: Iterable[Move], after: int = 0) -> list[Attachment]:
    """All periods of one NIC, oldest first.

    ``moves`` are all that concern it, the deletions and moves of the instances that it was on
    included, in any order and with repetitions. ``after``: so many periods came before, of
    which nothing else is known any more.
    """
    history = _History()
    history.is_known = after > 0
    unique = {(move.key, move.instance_id): move for move in moves}.values()
    for move in sorted(unique, key=lambda move: (move.at, move.kind, move.key)):
        history.take(move)
    return [
        period.as_attachment(nic, number)
        for number, period in enumerate(history.periods, start=after + 1)
    ]


_OF_WHEREABOUTS = frozenset({MoveKind.MOVED, MoveKind.OPERATED})

# An attach that failed and of which no start is there took no longer.
_UNSEEN_ATTACH = dt.timedelta(minutes=1)


class _History:
    def __init__(self) -> None:
        self.periods: list[Period] = []
        self._current: Period | None = None
        # By instance from which the NIC was moved away without a detach that was seen.
        self._displaced: dict[str, Period] = {}
        # The instances on which it was, and when it was last taken from one.
        self._known_on: set[str] = set()
        self._last_end: dt.datetime | None = None
        self._gone: dict[str | None, dt.datetime] = {}
        # By instance the last attach of the NIC that failed.
        self._refusals: dict[str | None, Move] = {}
        # Whether anything at all was known of the NIC before.
        self.is_known = False

    def take(self, move: Move) -> None:
        """The next move in time."""
        if move.kind is MoveKind.GONE:
            self._gone[move.instance_id] = move.at
            current = self._here(move)
            if current is not None:
                self._end(current, move.at)
            return
        getattr(self, f"_{move.kind.name.lower()}")(move)
        # Where its instance is says nothing of the NIC itself.
        self.is_known = self.is_known or move.kind not in _OF_WHEREABOUTS

    def _attached(self, move: Move) -> None:
        self._revive(move)
        current = self._here(move)
        if current is None or current.attach_operation_id is not None:
            current = self._begin(move, move.at)
        elif current.began_at >= move.earliest_at:
            # Neutron reported it while it was under way.
            current.attached_at = move.at
        elif move.has_start:
            current = self._begin(move, move.at)
        else:
            # The same, whenever that began: the NIC was there as soon as anybody saw it.
            current.attached_at = current.attached_at or current.began_at
        current.attach_operation_id = move.operation_id
        current.learn(move)
        current.has(move.nic)

    def _born_with(self, move: Move) -> None:
        current = self._here(move)
        if current is None:
            if move.instance_id in self._known_on:
                return
            current = self._begin(move, move.at)
        elif current.attached_at is None:
            # It was seen before the instance was ready, and the instance is new.
            current.attached_at = current.began_at
        current.learn(move)
        current.has(move.nic)

    def _seen(self, move: Move) -> None:
        self._revive(move)
        current = self._here(move)
        if current is not None:
            current.learn(move)
            current.has_from(move.at, move.nic)
        elif move.instance_id not in self._gone:
            is_new = self.is_known or move.is_first
            current = self._begin(move, move.at if is_new else None)
            current.learn(move)
            current.has(move.nic)

    def _moved(self, move: Move) -> None:
        current = self._here(move)
        if current is not None:
            current.is_moved(move)

    _operated = _moved

    def _listed(self, move: Move) -> None:
        """It was there at some moment since ``earliest_at``: a list can be old when it comes."""
        current = self._here(move)
        if current is None:
            if not self._is_proven_after(move):
                return
            self._gone.pop(move.instance_id, None)
            is_new = self.is_known or move.is_first
            current = self._begin(move, move.at if is_new else None)
            current.is_begun_by_list = True
            current.learn(move)
        current.was_listed = True
        current.has(move.nic)

    def _is_proven_after(self, move: Move) -> bool:
        """Whether the list was read after all that is known to have taken the NIC from there."""
        earliest_at = move.earliest_at
        gone_at = self._gone.get(move.instance_id)
        if gone_at is not None and gone_at >= earliest_at:
            return False
        refusal = self._refusals.get(move.instance_id)
        if refusal is not None and earliest_at < refusal.at:
            return False
        if self._current is not None:
            return earliest_at > self._current.began_at + CLOCKS_APART
        return self._last_end is None or self._last_end <= earliest_at

    def _unlisted(self, move: Move) -> None:
        current = self._here(move)
        if (
            current is not None
            and current.was_listed
            and current.held
            and current.began_at <= move.earliest_at
        ):
            self._end(current, move.at)

    def _refused(self, move: Move) -> None:
        """What was seen of the NIC there while the attach ran was no attachment.

        Where Neutron still has it on the instance, it stays until somebody says otherwise.
        """
        self._known_on.add(move.instance_id or "")
        self._refusals[move.instance_id] = move
        period = next(
            (each for each in reversed(self.periods) if each.instance_id == move.instance_id), None
        )
        if period is not None and self._is_of_refusal(period):
            self._drop(period)

    def _is_of_refusal(self, period: Period) -> bool:
        """Whether the period is what was seen of a failed attach."""
        refusal = self._refusals.get(period.instance_id)
        if refusal is None or period.attach_operation_id or period.detach_operation_id:
            return False
        begun_after = refusal.earliest_at
        if not refusal.has_start:
            begun_after = refusal.at - _UNSEEN_ATTACH
        if period.is_begun_by_list:
            return period.began_at >= begun_after + CLOCKS_APART
        ended_at = period.detached_at
        return (
            ended_at is not None
            and period.began_at >= begun_after
            and refusal.earliest_at <= ended_at <= refusal.at + CLOCKS_APART
        )

    def _drop(self, period: Period) -> None:
        self.periods = [each for each in self.periods if each is not period]
        if self._current is period:
            self._current = None

    def _detached(self, move: Move) -> None:
        current = self._here(move)
        if current is not None:
            self._end(current, move.at)
        else:
            current = self._ended_by_sight(move)
        if current is not None:
            current.detach_operation_id = move.operation_id
            current.learn(move)
            if not current.addresses:
                current.has(move.nic)
        elif move.instance_id in self._displaced:
            self._displaced.pop(move.instance_id).detach_operation_id = move.operation_id
        elif move.instance_id not in self._gone:
            self._leave_elsewhere(move)
            self._was_there_before(move).detach_operation_id = move.operation_id

    def _absent(self, move: Move) -> None:
        current = self._current
        if current is not None and (
            move.is_last or move.instance_id in (None, current.instance_id)
        ):
            self._end(current, move.at)
            if self._is_of_refusal(current):
                self._drop(current)
        elif (
            move.instance_id is not None
            and move.instance_id not in self._gone
            and move.instance_id not in self._known_on
        ):
            self._was_there_before(move)

    def _here(self, move: Move) -> Period | None:
        current = self._current
        return current if current and current.instance_id == move.instance_id else None

    def _begin(self, move: Move, attached_at: dt.datetime | None) -> Period:
        if self._current is not None:
            # Its detach was missed, or carries a later time.
            self._displaced[self._current.instance_id] = self._current
            self._end(self._current, move.at)
        instance_id = move.instance_id or ""
        self._displaced.pop(instance_id, None)
        period = self._add(Period(instance_id, move.at, attached_at))
        if instance_id in self._gone:
            # An attach that ended after its instance had been deleted.
            self._end(period, move.at)
        else:
            self._current = period
        return period

    def _add(self, period: Period) -> Period:
        self.periods.append(period)
        self._known_on.add(period.instance_id)
        return period

    def _revive(self, move: Move) -> None:
        """Whoever has a NIC after its deletion was not deleted."""
        gone_at = self._gone.get(move.instance_id)
        if gone_at is not None and gone_at < move.earliest_at:
            del self._gone[move.instance_id]

    def _leave_elsewhere(self, move: Move) -> None:
        """It came here unseen. Not so where the two are clocks apart: that is an old detach."""
        current = self._current
        if current is not None and move.at - current.began_at > CLOCKS_APART:
            self._end(current, move.at)

    def _was_there_before(self, move: Move) -> Period:
        # Not before it was elsewhere, if that is known.
        since_at = self._last_end if self._current is None else None
        period = self._add(Period(move.instance_id or "", move.at, since_at, move.at))
        self._last_end = move.at
        period.learn(move)
        period.has(move.nic)
        return period

    def _end(self, period: Period, at: dt.datetime) -> None:
        period.detached_at = self._last_end = at
        self._current = None

    def _ended_by_sight(self, move: Move) -> Period | None:
        """The period that somebody else saw end while this detach was under way."""
        last = self.periods[-1] if self.periods else None
        if (
            last is not None
            and last.instance_id == move.instance_id
            and last.detach_operation_id is None
            and last.detached_at is not None
            and last.instance_id not in self._displaced
        ):
            if last.detached_at >= move.earliest_at:
                if last.instance_id not in self._gone:
                    last.detached_at = self._last_end = move.at
                return last
            if not move.has_start:
                return last
        return None
