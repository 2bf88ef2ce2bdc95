"""On which compute hosts an instance was while a NIC was on it.

Nova's word holds from when it is said. Neutron's ``binding:host_id`` is said again with every
change of a port, whatever it is: only another host than before is news. While the instance is on
no host at all (shelved and offloaded) it is none: Nova leaves the old binding, or makes one before
the instance is there.

An attach or detach of another NIC proves where the instance was, as a move does. Just after a move,
or a binding to another host, it need not: the clock of the host that the instance has left may be
ahead.
"""

import datetime as dt
from dataclasses import dataclass, field

from vifcast.ledger.change import CLOCKS_APART
from vifcast.ledger.moves import Move, MoveKind
from vifcast.model import HostPeriod


@dataclass(slots=True)
class _Stay:
    compute_host: str | None
    since_at: dt.datetime | None
    until_at: dt.datetime | None = None


@dataclass(slots=True)
class Whereabouts:
    """The hosts of one period, the last of them the present one."""

    stays: list[_Stay] = field(default_factory=list)
    # The host that Neutron said last.
    bound: str | None = None
    # When Nova last reported a move, or Neutron another host.
    moved_at: dt.datetime | None = None

    @property
    def compute_host(self) -> str | None:
        """Where the instance is now, as far as anybody has said."""
        return self.stays[-1].compute_host if self.stays else None

    def learn(self, move: Move, at: dt.datetime) -> None:
        """Take over the host that the move names; from ``at`` on, where it is another one."""
        host = move.compute_host
        if move.kind is MoveKind.MOVED:
            self.moved_at = move.at
        elif not self._is_news(move, host):
            return
        elif not self.stays:
            # Nobody says that it was elsewhere before.
            self.stays.append(_Stay(host, None))
        if host != self.compute_host or not self.stays:
            self._change(host, at)

    def _is_news(self, move: Move, host: str | None) -> bool:
        if move.kind is MoveKind.OPERATED:
            return self.moved_at is None or move.at - self.moved_at > CLOCKS_APART
        if host is None or not move.is_binding:
            return host is not None
        before, self.bound = self.bound, host
        is_on_none = bool(self.stays) and self.compute_host is None
        if host == before or is_on_none:
            return False
        self.moved_at = move.at
        return True

    def _change(self, host: str | None, at: dt.datetime) -> None:
        if self.stays:
            if self.stays[-1].since_at == at:
                # Two in one instant: it was on the first for no time.
                self.stays.pop()
            if self.stays and self.stays[-1].compute_host == host:
                self.stays[-1].until_at = None
                return
            if self.stays:
                self.stays[-1].until_at = at
        self.stays.append(_Stay(host, at))

    def as_periods(self) -> tuple[HostPeriod, ...]:
        """Those in which it was on a host."""
        return tuple(
            HostPeriod(each.compute_host, each.since_at, each.until_at)
            for each in self.stays
            if each.compute_host is not None
        )
