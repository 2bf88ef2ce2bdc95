"""The permissions that the user on the broker needs, as a command to run."""

from vifcast.broker_commands import set_permissions as command
from vifcast.doctor.case import Case
from vifcast.names import dropped_queue, marker_exchange


def set_permissions(case: Case, *, with_probe: bool = False) -> str:
    """``rabbitmqctl set_permissions`` with what ``vifcast serve`` needs and no more.

    ``with_probe``: and what ``vifcast doctor --send-probe`` needs.
    """
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
    write = [*own, topology.exchanges[0]] if with_probe else own
    return command(case.broker.virtual_host, case.broker.hosts[0].user, own, write, read)
