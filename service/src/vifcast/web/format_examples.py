"""What a message looks like in each format, made by what makes the real ones."""

import datetime as dt
import json
from functools import cache

from vifcast.delivery.formats import request_of
from vifcast.identity.policy import View
from vifcast.model import Action, Event, FixedIp, Phase, Source
from vifcast.subscription.subscription import (
    Format,
    Ordering,
    Owner,
    Subscription,
    SubscriptionState,
    Target,
)

_AT = dt.datetime(2026, 11, 22, 13, 32, 8, 144824, tzinfo=dt.UTC)
_EVENT = Event(
    id=4711,
    message_id="0b9f7c1d-52a7-4f6e-9c52-0a6a1d6f8e11",
    event_type="compute.instance.interface_attach.end",
    source=Source.VIFCAST_NOVA,
    priority="INFO",
    publisher_id="compute.compute-1",
    compute_host="compute-1",
    instance_id="5c2dea1e-7d4d-4a45-9f0b-000000000002",
    instance_name="vm-1",
    project_id="4ec209eb4b8b4c08b4a45d6c2915077c",
    user_id="alice",
    request_id="req-f0baab5d-da79-41c1-9103-7d95136cefe7",
    action=Action.ATTACH,
    phase=Phase.END,
    cause="api",
    operation_id="0d5c0000-0000-4000-8000-000000000001",
    correlation_id="0d5c0000-0000-4000-8000-000000000001",
    port_id="966bbc6c-3dc7-4512-9d7a-97c83ff5b0e5",
    network_id="aaaaaaaa-0000-4000-8000-000000000001",
    network_label="private",
    mac_address="fa:16:3e:00:00:07",
    fixed_ips=(FixedIp("192.0.2.7", 4, "192.0.2.0/24"),),
    vif_type="ovs",
    vnic_type="normal",
    device_name="tap966bbc6c-3d",
    requested_ip=None,
    tag=None,
    error_class=None,
    error_message=None,
    error_code=None,
    occurred_at=_AT,
    received_at=_AT + dt.timedelta(milliseconds=40),
    payload='{"display_name":"vm-1","state":"active"}',
    duration_ms=812,
)
_OWNER = Owner(name="", user_id=None, project_id=None, is_system=True, roles=())


@cache
def example(form: Format, *, has_details: bool) -> str:
    """Headers that say what it is, and the body; ``has_details``: as admins get it."""
    subscription = Subscription(
        id="7f3a2c1e-9b4d-4e57-8a60-2d1c5b7e9f04",
        description="",
        target=Target.WEBHOOK,
        url="",
        format=form,
        filter="",
        ordering=Ordering.INSTANCE,
        rate_per_s=None,
        project_id=None,
        owner=_OWNER,
        settings={},
        secrets=None,
        state=SubscriptionState.ACTIVE,
        state_reason=None,
        state_at=_AT,
        created_at=_AT,
        updated_at=_AT,
        revision=0,
    )
    request = request_of(subscription, [_EVENT], View(None, has_details))
    head = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    body = json.dumps(json.loads(request.body), indent=2, ensure_ascii=False)
    return f"{head}\n\n{body}"
