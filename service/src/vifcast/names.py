"""Names on the bus: what vifcast makes, and what is made by Nova and Neutron.

The two must not meet. An exchange or queue is what whoever declares it first says, and RabbitMQ
refuses everybody who declares it otherwise (406 PRECONDITION_FAILED): a name of Nova's that
vifcast made would stop Nova.
"""

from collections.abc import Iterable

from vifcast.errors import ConfigError

_PRIORITIES = ("info", "error")
_USUAL_TOPICS = ("notifications", "versioned_notifications")


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
    queue: str | None, lane: str | None, exchanges: Iterable[str | None], topics: Iterable[str]
) -> None:
    """Raise ConfigError where vifcast would make what is somebody else's.

    ``exchanges`` are Nova's and Neutron's; ``queue`` and ``lane`` vifcast's own, None for none.
    """
    theirs = {*exchanges}
    if queue in default_queues([*_USUAL_TOPICS, *topics]):
        raise ConfigError(
            f"option queue in [ingest] is {queue}, which is a queue of Nova's own; give vifcast's "
            "another name, such as vifcast, or set consume_default_queue = true to read Nova's"
        )
    ours = () if queue is None else (dropped_queue(queue), marker_exchange(queue))
    for name in ours:
        if name in theirs:
            raise ConfigError(
                f"option queue in [ingest] is {queue}, so that vifcast makes the exchange {name}, "
                "which is one of Nova's or Neutron's; choose another queue"
            )
    if lane is not None and (lane in theirs or lane in ours):
        whose = "Nova's or Neutron's" if lane in theirs else f"what goes with queue {queue}"
        raise ConfigError(
            f"option lane_exchange in [ingest] is {lane}, which is {whose}; it is an exchange "
            "that vifcast makes: give it a name of its own, such as vifcast"
        )
