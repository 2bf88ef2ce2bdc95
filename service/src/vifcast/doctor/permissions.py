"""What the user on the broker must be allowed, as a command to type."""

import re

from vifcast.doctor.case import Case
from vifcast.names import dropped_queue, marker_exchange


def set_permissions(case: Case) -> str:
    """``rabbitmqctl set_permissions`` with what ``vifcast serve`` needs and no more."""
    topology = case.topology
    if topology.own_queue is None:
        own = [topology.marker]
        read = [*topology.queues]
    else:
        queue = topology.own_queue
        own = [queue, dropped_queue(queue), marker_exchange(queue)]
        if topology.lane and topology.lane not in own:
            own.append(topology.lane)
        read = [*own, *topology.exchanges]
    user = case.broker.hosts[0].user
    patterns = " ".join(f"'{_pattern(names)}'" for names in (own, own, read))
    return f"rabbitmqctl set_permissions -p {case.broker.virtual_host} {user} {patterns}"


def _pattern(names: list[str]) -> str:
    return f"^({'|'.join(re.escape(name) for name in names)})$"
