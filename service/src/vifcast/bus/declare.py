"""Declares vifcast's queues and exchanges, and binds them to those of Nova and Neutron.

Ours are the queue, the place for what that drops, the lane and the marker. What is Nova's or
Neutron's is never declared: the exchanges, and the queues that ``consume_default_queue`` reads.
vifcast waits for one that does not exist, and reads the others meanwhile.
"""

import math
import time
from dataclasses import dataclass, field

from amqp.exceptions import ChannelError
from kombu import Connection

from vifcast.bus.binding import bind_to
from vifcast.bus.exchange import is_there, look_at_exchange
from vifcast.bus.lane import keep_lane
from vifcast.bus.marker import Marker
from vifcast.bus.own_queue import declare_own_queue, depth_of_own, lead_drops, queue_depth
from vifcast.bus.topology import Topology
from vifcast.names import dropped_queue

# How often everything is looked at: bindings, the lane, how full the queues are.
_LOOK_S = 10.0

# How often what is awaited is looked for, while that has lasted for less than so long: what is
# published once an exchange is there, and before our queue is bound, does not arrive. A look that
# finds nothing is a line in RabbitMQ's log, so that it is not done so often for ever.
_OFTEN_S = ((60.0, 0.2), (3600.0, 1.0))


@dataclass(frozen=True, slots=True)
class Standing:
    """How the queues are.

    ``depths``: notifications that wait in each queue that is read. ``unseen``: why dropped
    ones are not noticed, or None where they are. ``missing``: what of others' exchanges and
    queues is not there, or refuses us, or None. ``no_lane``: why the durable lane is not used,
    or None. ``full``: what is full, so that RabbitMQ is dropping for good, or None.

    ``unbound``: exchanges of others that our queue is not bound to at this moment, because
    they are not there or refuse us: what is sent to them now does not reach us that way.

    ``survived``, the same for as long as a connection lasts: True, the broker has not restarted
    since our bindings were last proven, so they are there, and so is what was sent since. False,
    it has restarted, or nobody knows that it has not. None, this cannot be found out.

    ``durable``: whether each exchange of others outlives a restart of the broker, with our
    bindings to it; None where that cannot be found out, no entry where it is not there.

    ``is_queue_new``, the same for as long as a connection lasts: our queue was not there, so
    that what waited in an older one is gone, and what was sent since did not reach it.
    """

    depths: dict[str, int]
    unseen: str | None = None
    missing: str | None = None
    no_lane: str | None = None
    full: str | None = None
    unbound: tuple[str, ...] = ()
    survived: bool | None = None
    durable: dict[str, bool | None] = field(default_factory=dict)
    is_queue_new: bool = False


class Declared:
    """What is ours on one connection, and how it is bound; used by the link's thread.

    Declares when it is made. Raises BrokerRefusedError where our queue is not what it should be.
    """

    def __init__(self, connection: Connection, topology: Topology) -> None:
        self._connection = connection
        self._topology = topology
        self._durable: dict[str, bool | None] = {}
        self._awaited_since: dict[str, float] = {}
        self._unseen: str | None = None
        self._is_queue_new = False
        self._due_at = self._all_due_at = 0.0
        self._marker = Marker(connection, topology.marker)
        self._survived = self._marker.survived
        if topology.own_queue is not None:
            self._declare_own(topology.own_queue)
        self.standing = self._look_at_all()

    def look(self) -> Standing | None:
        """How everything is, where it is time to look or what is awaited has come; else None."""
        now = time.monotonic()
        if now < self._due_at:
            return None
        if now < self._all_due_at and not any(map(self._has_come, self._awaited_since)):
            self._due_at = now + self._pause_s(now)
            return None
        self.standing = self._look_at_all()
        return self.standing

    def noted(self) -> None:
        """The standing is on record: from here on, bindings that are there are proven."""
        if not self.standing.unbound:
            self._marker.put()

    def _declare_own(self, queue: str) -> None:
        try:
            was_there = queue_depth(self._connection, queue) is not None
        except ChannelError:
            # It is on a node of the cluster that is away, where nothing gets into it.
            self._marker.take()
            raise
        if not was_there:
            self._is_queue_new, self._survived = True, False
        self._unseen = declare_own_queue(self._connection, self._topology, queue)

    def _look_at_all(self) -> Standing:
        unbound: list[str] = []
        problems: list[str] = []
        awaited: list[str] = []
        no_lane = None
        if self._topology.own_queue is None:
            depths = self._look_at_default_queues(problems, awaited)
        else:
            self._bind(self._topology.own_queue, unbound, problems, awaited)
            no_lane = self._keep_lane(self._topology.own_queue)
            depths = self._look_at_own(self._topology.own_queue)
        if unbound:
            # Before that is reported: whoever dies in between must not find it.
            self._marker.take()
        self._look_at_durability(awaited)
        now = time.monotonic()
        since = self._awaited_since
        self._awaited_since = {name: since.get(name, now) for name in awaited}
        self._all_due_at = now + _LOOK_S
        self._due_at = now + self._pause_s(now)
        return Standing(
            depths,
            self._unseen,
            missing="; ".join(problems) or None,
            no_lane=no_lane,
            full=self._what_is_full(depths),
            unbound=tuple(unbound),
            survived=self._survived,
            durable=dict(self._durable),
            is_queue_new=self._is_queue_new,
        )

    def _bind(
        self, queue: str, unbound: list[str], problems: list[str], awaited: list[str]
    ) -> None:
        for exchange in self._topology.exchanges:
            found = bind_to(self._connection, queue, exchange, self._topology.routing_keys)
            if found.problem is not None:
                unbound.append(exchange)
                problems.append(found.problem)
            if found.is_awaited:
                awaited.append(exchange)

    def _keep_lane(self, queue: str) -> str | None:
        if self._topology.lane is None:
            return None
        return keep_lane(self._connection, self._topology.lane, queue, self._topology.routing_keys)

    def _look_at_own(self, queue: str) -> dict[str, int]:
        names = [queue]
        if self._unseen is None:
            lead_drops(self._connection, queue)
            names.append(dropped_queue(queue))
        return {name: depth_of_own(self._connection, name) for name in names}

    def _look_at_default_queues(self, problems: list[str], awaited: list[str]) -> dict[str, int]:
        depths = {}
        for name in self._topology.queues:
            depth = queue_depth(self._connection, name)
            if depth is None:
                awaited.append(name)
                problems.append(
                    f"queue {name} does not exist; vifcast never declares it, and reads it once "
                    "OpenStack has created it, with the first notification that goes there"
                )
            else:
                depths[name] = depth
        return depths

    def _look_at_durability(self, awaited: list[str]) -> None:
        # Once for each: the question is a line in RabbitMQ's log.
        for exchange in self._topology.exchanges:
            if exchange in awaited:
                self._durable.pop(exchange, None)
            elif exchange not in self._durable:
                found = look_at_exchange(self._connection, exchange)
                if found is not None:
                    self._durable[exchange] = found.is_durable

    def _what_is_full(self, depths: dict[str, int]) -> str | None:
        own = self._topology.own_queue
        if own is None:
            return None
        dropped = dropped_queue(own)
        if depths.get(dropped, 0) >= self._topology.dropped_arguments["x-max-length"]:
            return f"queue {dropped}, which keeps what {own} drops,"
        if self._unseen and depths[own] >= self._topology.max_length:
            return f"queue {own}"
        return None

    def _has_come(self, name: str) -> bool:
        if self._topology.own_queue is None:
            return queue_depth(self._connection, name) is not None
        return is_there(self._connection, name)

    def _pause_s(self, now: float) -> float:
        waited_s = now - max(self._awaited_since.values(), default=-math.inf)
        for until_s, pause_s in _OFTEN_S:
            # A queue keeps what comes before it is read: there is no haste in the long run.
            if waited_s < until_s and (self._topology.own_queue or pause_s < 1):
                return pause_s
        return _LOOK_S
