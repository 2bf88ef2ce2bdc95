"""What the lists in Nova's versioned notifications prove about an instance's NICs.

A list is Nova's cache of the instance's NICs as the process at hand has it, NICs with an address
only (nova/notifications/objects/instance.py:IpPayload, nova/network/model.py), and not as of the
moment it is sent:

- Under the lock ``refresh_cache-<uuid>``, allocation and deallocation read the cache from the
  database, add what they allocate, drop what Neutron has no longer on the instance, and write it
  back (nova/network/neutron.py:get_instance_nw_info, _build_network_info_model; in
  neutronv2/api.py until Train). So an ``.end``, and an ``.error`` of the virt driver's, has the
  cache as of some moment between the operation's start and its end: what neighbours allocated or
  deallocated up to then is in it, or gone, and what they did afterwards is not.
- The list of a ``.start`` was read when nova-api read the instance, or, of a detach since Ussuri,
  right before (compute/manager.py:_detach_interface): some moment before the start, which can be
  long past.
- An attach's own port is in the list of its end. A detach's own port is in that of its start, or
  Nova refuses it, and not in that of its end. Both only if the port has an address.

So two lists are in order only where one was read before the other can have been.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice

from vifcast.ledger.change import EARLIEST, LONGEST, Listing
from vifcast.model import Nic, Phase

# So many lists are looked through for the latest that lacks a port.
_LOOKED_AT = 32


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A list, and between which moments it was read; ``read_after`` is EARLIEST if unknown."""

    listing: Listing
    read_after: dt.datetime
    read_before: dt.datetime
    nics: dict[str, Nic]

    @property
    def likely_after(self) -> dt.datetime:
        """When it was read at the earliest, with a bound where none is proven."""
        return max(self.read_after, self.read_before - LONGEST)


@dataclass(slots=True)
class Stay:
    """A port in lists, from when it must have come until it must have gone.

    ``before`` lacks the port and was read before ``present[0]``; ``after`` lacks it and was read
    after ``present[0]``, and ``last_after`` is the latest such list before the port came again.
    """

    before: Snapshot | None
    present: list[Snapshot]
    after: Snapshot | None
    last_after: Snapshot | None


class Lists:
    """All lists of one instance."""

    def __init__(self, listings: Iterable[Listing]) -> None:
        unique = {each.message_id: each for each in listings}.values()
        started_at: dict[str, dt.datetime] = {}
        for each in unique:
            if each.phase == Phase.START:
                known = started_at.get(each.correlation_id, each.occurred_at)
                started_at[each.correlation_id] = min(known, each.occurred_at)
        self._snapshots = sorted(
            (_snapshot(each, started_at) for each in unique),
            key=lambda each: (each.read_before, each.listing.message_id),
        )
        self._read_before = [each.read_before for each in self._snapshots]
        self.of_operation: dict[str, dict[str, Snapshot]] = defaultdict(dict)
        self._present: dict[str, list[Snapshot]] = defaultdict(list)
        for snapshot in self._snapshots:
            phase = snapshot.listing.phase
            of_phase = self.of_operation[snapshot.listing.correlation_id]
            # The first start, the last end.
            if phase != Phase.START or phase not in of_phase:
                of_phase[phase] = snapshot
            for port_id in snapshot.nics:
                self._present[port_id].append(snapshot)

    def __contains__(self, port_id: str) -> bool:
        return port_id in self._present

    def stays(self) -> dict[str, list[Stay]]:
        """By port, when it was in the cache, as far as the lists prove that."""
        return {port_id: self._stays(port_id) for port_id in self._present}

    def _stays(self, port_id: str) -> list[Stay]:
        first, *others = self._present[port_id]
        stays = [self._stay(port_id, first)]
        for snapshot in others:
            stay = stays[-1]
            if stay.after is None or not _is_before(stay.after, snapshot):
                stay.present.append(snapshot)
                continue
            stays.append(self._stay(port_id, snapshot))
            before = stays[-1].before or stay.after
            stay.last_after = max(stay.after, before, key=_read_after)
        last = stays[-1]
        if last.after is not None:
            last.last_after = self._newest_without(port_id, last.after)
        return stays

    def _stay(self, port_id: str, first: Snapshot) -> Stay:
        after = self._first_without(port_id, first)
        return Stay(self._last_without(port_id, first), [first], after, after)

    def _last_without(self, port_id: str, snapshot: Snapshot) -> Snapshot | None:
        """The latest of those that lack the port and were read before the snapshot."""
        end = bisect_right(self._read_before, snapshot.read_after)
        lacking = (
            each
            for each in self._snapshots[max(0, end - _LOOKED_AT) : end]
            if port_id not in each.nics and _is_before(each, snapshot)
        )
        return max(lacking, key=_likely_after, default=None)

    def _first_without(self, port_id: str, snapshot: Snapshot) -> Snapshot | None:
        """The first of those that lack the port and were read after the snapshot."""
        begin = bisect_left(self._read_before, snapshot.read_before)
        later = islice(self._snapshots, begin, None)
        return next(
            (each for each in later if port_id not in each.nics and _is_before(snapshot, each)),
            None,
        )

    def _newest_without(self, port_id: str, least: Snapshot) -> Snapshot:
        """The latest of all that lack the port; ``least`` is one."""
        lacking = (each for each in self._snapshots[-_LOOKED_AT:] if port_id not in each.nics)
        return max(chain([least], lacking), key=_read_after)


def _snapshot(listing: Listing, started_at: dict[str, dt.datetime]) -> Snapshot:
    read_after = EARLIEST
    if listing.phase != Phase.START and listing.correlation_id in started_at:
        read_after = min(started_at[listing.correlation_id], listing.occurred_at)
    nics = {nic.port_id: nic for nic in listing.nics if nic.port_id is not None}
    return Snapshot(listing, read_after, listing.occurred_at, nics)


def _is_before(one: Snapshot, other: Snapshot) -> bool:
    """Whether the first was read before the second can have been.

    Two moments that are reported as the same are in order within one operation only.
    """
    if one.read_before == other.read_after:
        return one.listing.correlation_id == other.listing.correlation_id
    return one.read_before < other.read_after


def _read_after(snapshot: Snapshot) -> dt.datetime:
    return snapshot.read_after


def _likely_after(snapshot: Snapshot) -> dt.datetime:
    return snapshot.likely_after
