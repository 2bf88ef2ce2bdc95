"""Commands that an operator types on a broker's host, whole: they are run as they stand.

``rabbitmqctl`` comes with RabbitMQ; ``rabbitmqadmin`` is what its management plug-in offers at
``/cli/``, for what the first one cannot do.
"""

import re
import shlex
from collections.abc import Iterable

_BOUND = '{"max-length": 10000}'


def set_permissions(
    vhost: str, user: str, configure: Iterable[str], write: Iterable[str], read: Iterable[str]
) -> str:
    """Permissions on the things of these names, and on nothing else."""
    patterns = " ".join(f"'{_pattern(names)}'" for names in (configure, write, read))
    return f"rabbitmqctl set_permissions {_on(vhost)} {shlex.quote(user)} {patterns}"


def bound_queues(vhost: str, topic: str) -> str:
    """A policy that bounds the queues of a topic; its own, as a second one of a name replaces."""
    name = shlex.quote(f"bound-{topic}")
    pattern = shlex.quote(rf"^{re.escape(topic)}\.")
    return f"rabbitmqctl set_policy {_on(vhost)} {name} {pattern} '{_BOUND}' --apply-to queues"


def purge_queue(vhost: str, name: str) -> str:
    """Throw away what waits in a queue."""
    return f"rabbitmqctl purge_queue {_on(vhost)} {shlex.quote(name)}"


def delete_queue(vhost: str, name: str) -> str:
    """Delete a queue, with what waits in it."""
    return f"rabbitmqctl delete_queue {_on(vhost)} {shlex.quote(name)}"


def list_exchanges(vhost: str) -> str:
    """Which exchanges there are, and which of them are durable."""
    return f"rabbitmqctl list_exchanges {_on(vhost)} name durable"


def delete_exchange(vhost: str, name: str) -> str:
    """Delete an exchange, with its bindings."""
    return f"rabbitmqadmin -V {shlex.quote(vhost)} delete exchange name={shlex.quote(name)}"


def look_into_queue(vhost: str, name: str) -> str:
    """Show what waits first in a queue, and leave it there."""
    return (
        f"rabbitmqadmin -V {shlex.quote(vhost)} get queue={shlex.quote(name)} "
        "ackmode=ack_requeue_true count=10"
    )


def _on(vhost: str) -> str:
    return f"-p {shlex.quote(vhost)}"


def _pattern(names: Iterable[str]) -> str:
    return f"^({'|'.join(re.escape(name) for name in names)})$"
