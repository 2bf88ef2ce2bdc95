"""Names on the bus: what vifcast makes, and what is made by Nova and Neutron.

The two must not meet. An exchange or queue is what whoever declares it first says, and RabbitMQ
refuses everybody who declares it otherwise (406 PRECONDITION_FAILED): a name of Nova's that
vifcast made would stop Nova.
"""

from collections.abc import Callable, Iterable

from vifcast.errors import ConfigError

_PRIORITIES = ("info", "error")
_USUAL_TOPICS = ("notifications", "versioned_notifications")
# ``control_exchange`` of the services whose RPC goes over the same broker.
_OF_OPENSTACK = frozenset(
    {
        "aodh",
        "barbican",
        "ceilometer",
        "cinder",
        "cyborg",
        "designate",
        "glance",
        "gnocchi",
        "heat",
        "ironic",
        "keystone",
        "magnum",
        "manila",
        "masakari",
        "mistral",
        "neutron",
        "nova",
        "octavia",
        "openstack",
        "placement",
        "trove",
        "watcher",
        "zaqar",
        "zun",
    }
)


def default_queues(topics: Iterable[str]) -> tuple[str, ...]:
    """The queues, and the routing keys, that OpenStack's publishers make for these topics."""
    return tuple(f"{topic}.{priority}" for topic in topics for priority in _PRIORITIES)


def dropped_queue(queue: str) -> str:
    """The queue, the exchange before it, and the routing key, of what ``queue`` drops."""
    return f"{queue}.dropped"


def marker_exchange(queue: str) -> str:
    """The exchange that is there for as long as the bindings of ``queue`` are, see bus/marker."""
    return f"{queue}.bound"


def refuse_names_of_others(
    queue: str | None,
    lane: str | None,
    exchanges: Iterable[str | None],
    topics: Iterable[str],
    section_of: Callable[[str], str],
) -> None:
    """Raise ConfigError where vifcast would make what is somebody else's.

    ``exchanges`` are Nova's and Neutron's, beside those that OpenStack usually has; ``queue``
    and ``lane`` vifcast's own, None for none. ``section_of`` says where an option is set.
    """
    option_queue = f"option queue in [{section_of('queue')}] is {queue}"
    option_lane = f"option lane_exchange in [{section_of('lane_exchange')}] is {lane}"
    theirs = {*exchanges, *_OF_OPENSTACK}
    if queue in default_queues([*_USUAL_TOPICS, *topics]):
        raise ConfigError(
            f"{option_queue}, which is a queue of Nova's own; give vifcast's "
            "another name, such as vifcast, or set consume_default_queue = true to read Nova's"
        )
    ours = () if queue is None else (dropped_queue(queue), marker_exchange(queue))
    for name in ours:
        if name in theirs:
            raise ConfigError(
                f"{option_queue}, so that vifcast makes the exchange {name}, "
                "which is one of OpenStack's; choose another queue"
            )
    if lane is not None and lane.startswith("amq."):
        raise ConfigError(
            f"{option_lane}, and names that begin with amq. are "
            "RabbitMQ's own; give it another name, such as vifcast"
        )
    if lane is not None and (lane in theirs or lane in ours):
        whose = "one of OpenStack's" if lane in theirs else f"what goes with queue {queue}"
        raise ConfigError(
            f"{option_lane}, which is {whose}; it is an exchange "
            "that vifcast makes: give it a name of its own, such as vifcast"
        )
