"""What a cloud puts on the bus: one notification in ten is about a NIC.

The events of servers are in the proportions of servers that are made, live for a while and
are deleted (a new one sends ``compute.instance.update`` eight times); Nova's versioned ones
and Cinder's are among them. All come in one order, the same in every run.
"""

import itertools
import random
import uuid
from collections.abc import Iterator
from typing import Any

from bench import bodies

_SEED = 34
_NICS = 10  # of a hundred

# Of a hundred, the others: legacy ones of Nova, with the payload of any of them.
_LEGACY = {
    "compute.instance.update": 36,
    "compute.instance.exists": 12,
    "compute.instance.create.start": 3,
    "compute.instance.delete.start": 3,
    "compute.instance.shutdown.start": 3,
    "compute.instance.shutdown.end": 3,
    "compute.instance.power_on.end": 2,
    "compute.instance.reboot.end": 2,
    "compute.instance.volume.attach": 2,
}
# Versioned ones.
_VERSIONED = {"instance.update": 12, "instance.create.start": 2, "instance.power_on.end": 2}
# Cinder's (cinder/volume/volume_utils.py, _usage_from_volume).
_VOLUMES = {"volume.create.end": 2, "volume.attach.end": 3, "volume.usage": 3}


def mixed(count: int) -> Iterator[bytes]:
    """So many of them, as bodies."""
    names = [
        *["nic"] * _NICS,
        *itertools.chain.from_iterable(
            [name] * number for name, number in (_LEGACY | _VERSIONED | _VOLUMES).items()
        ),
    ]
    shuffled = random.Random(_SEED)  # noqa: S311  nothing secret about it
    others = _others()
    nics = bodies.attaches()
    while True:
        shuffled.shuffle(names)
        for name in names:
            if not count:
                return
            count -= 1
            yield bodies.as_body(next(nics) if name == "nic" else others[name])


def _others() -> dict[str, dict[str, Any]]:
    legacy, versioned = (
        bodies.sample(f"nova-34-{name}")
        for name in ("compute-instance-create-end", "instance-create-end")
    )
    volume = legacy | {"payload": _volume(), "publisher_id": "volume.cinder1@lvm"}
    kinds = ((legacy, _LEGACY), (versioned, _VERSIONED), (volume, _VOLUMES))
    return {
        name: notification | {"event_type": name} for notification, names in kinds for name in names
    }


def _volume() -> dict[str, Any]:
    return {
        "tenant_id": "p" * 32,
        "user_id": "u" * 32,
        "availability_zone": "nova",
        "volume_id": str(uuid.uuid4()),
        "volume_type": str(uuid.uuid4()),
        "display_name": "data",
        "launched_at": "2026-11-03T14:00:00+00:00",
        "created_at": "2026-11-03T13:59:58+00:00",
        "status": "in-use",
        "size": 20,
        "volume_attachment": [],
        "host": "cinder1@lvm#lvm",
        "replication_status": None,
        "replication_extended_status": None,
        "replication_driver_data": None,
        "metadata": [],
    }
