"""Events that vifcast makes itself after it has asked Nova and Neutron how things stand."""

import datetime as dt
import uuid
from typing import Any

from vifcast.model import Action, Event, Nic, Notification, Phase, Source
from vifcast.notification.event_types import RECONCILE
from vifcast.notification.make_event import Change, Instance, make_event

PUBLISHER_ID = "vifcast"


def sighting_event(
    nic: Nic,
    seen_at: dt.datetime,
    found: dict[str, Any],
    *,
    instance_name: str | None = None,
    project_id: str | None = None,
    compute_host: str | None = None,
    request_id: str | None = None,
) -> Event:
    """The Event that says where a port is: on ``nic.instance_id``, or on none.

    ``seen_at`` is aware, in UTC, and the moment at which the APIs were asked: what another
    source reports a later moment holds. ``found`` says for a person what was compared and
    what differed; it becomes the payload.
    """
    return make_event(
        Notification(
            message_id=str(uuid.uuid4()),
            event_type=RECONCILE,
            publisher_id=PUBLISHER_ID,
            priority="INFO",
            occurred_at=seen_at,
            payload=found,
            context={},
        ),
        seen_at,
        Change(
            source=Source.RECONCILE,
            action=Action.SIGHTING,
            phase=Phase.END,
            request_id=request_id,
        ),
        Instance(
            id=nic.instance_id,
            name=instance_name,
            project_id=project_id,
            compute_host=compute_host,
        ),
        nic=nic,
        nics=(nic,),
    )
