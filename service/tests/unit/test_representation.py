import datetime as dt

from host_reports import make_report
from ledger_events import make_event, make_sighting
from vifcast import representation
from vifcast.api.dead_letter_resources import DeadLetterResource
from vifcast.api.delivery_resources import DeliveryResource, SubscriptionResource
from vifcast.api.host_resources import HostResource
from vifcast.api.ledger_resources import AttachmentResource, EventResource, OperationResource
from vifcast.host import Host, HostState
from vifcast.model import DeadLetter, FixedIp, Nic
from whole_ledger import whole_ledger

EVENT = make_event(id=1, fixed_ips=(FixedIp("192.0.2.7", 4, None),), payload={"a": [1]})


def test_event_has_the_documented_shape():
    shown = representation.event_json(EVENT)
    assert EventResource.model_validate(shown).id == 1
    assert list(shown)[:3] == ["message_id", "event_type", "id"]
    assert shown["fixed_ips"] == [{"ip_address": "192.0.2.7", "version": 4, "subnet_cidr": None}]
    assert shown["occurred_at"] == "2026-11-22T12:00:00.000000Z"


def test_operation_has_the_documented_shape():
    shown = representation.operation_json(whole_ledger([EVENT])[0][0])
    assert OperationResource.model_validate(shown).status == "succeeded"


def test_attachment_has_the_documented_shape():
    (attachment,) = whole_ledger([EVENT])[1]
    shown = representation.attachment_json(attachment)
    assert AttachmentResource.model_validate(shown).detached_at is None
    assert shown["addresses"] == [
        {"ip_address": "192.0.2.7", "since_at": None, "until_at": None},
    ]


def test_event_with_a_list_of_nics_has_the_documented_shape():
    nic = Nic(instance_id="a", mac_address="fa:16:3e:00:00:01", fixed_ips=EVENT.fixed_ips)
    shown = representation.event_json(make_sighting(action="create", nics=(nic,), id=2))
    (only,) = EventResource.model_validate(shown).nics
    assert (only.port_id, only.fixed_ips[0].ip_address) == (None, "192.0.2.7")


def test_dead_letter_has_the_documented_shape():
    letter = DeadLetter(
        id=1,
        reason_code="not_utf8",
        reason="no",
        routing_key="notifications.info",
        size=3,
        sha256="00",
        body=b"a\xff\n",
        is_whole=False,
        received_at=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
    )
    shown = representation.dead_letter_json(letter)
    assert DeadLetterResource.model_validate(shown).body == "a\\xff\n"


def test_host_has_the_documented_shape():
    host = Host(
        host="compute-1",
        state=HostState.COVERED,
        last_event_at=EVENT.occurred_at,
        report=make_report(),
    )
    shown = representation.host_json(host)
    assert HostResource.model_validate(shown).report.outbox.depth == 3
    assert shown["last_event_at"] == "2026-11-22T12:00:00.000000Z"
    assert shown["report"]["hooks"] == ["attach_interface", "detach_interface"]
    assert "host" not in shown["report"]


def test_host_that_never_reported_has_the_documented_shape():
    host = Host(
        host="compute-1", state=HostState.UNREPORTED, last_event_at=EVENT.occurred_at, report=None
    )
    assert HostResource.model_validate(representation.host_json(host)).report is None


def test_details_are_left_out_at_every_depth():
    nic = Nic(port_id="p", device_name="tap1")
    event = make_event(id=1, nics=(nic,), payload={"host": "compute-1"}, notes=("compute-1",))
    shown = representation.without_details(representation.event_json(event))
    assert shown["port_id"] == "port-1"
    assert "compute-1" not in str(shown)
    assert "tap1" not in str(shown)


def test_details_may_be_left_out_by_the_document():
    for resource in (EventResource, OperationResource, AttachmentResource):
        schema = resource.model_json_schema()
        assert "compute_host" in schema["properties"]
        assert "compute_host" not in schema["required"]
        assert "instance_id" in schema["required"]


def test_columns_of_subscriptions_and_deliveries_are_those_of_their_json():
    for columns, resource in (
        (representation.subscription_columns(), SubscriptionResource),
        (representation.delivery_columns(), DeliveryResource),
    ):
        assert columns == list(resource.model_fields)
