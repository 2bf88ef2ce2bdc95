import datetime as dt
import json

import pytest
from nova_notifications import failed_call, instance_object

from notifications import CATALOG_URL, INSTANCE, PORT, TOKEN, body, payload
from vifcast.errors import NotificationError
from vifcast.model import Action, Event, Phase, Source
from vifcast.notification.interpret import interpret

NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)


def event(of: bytes) -> Event:
    found = interpret(of, NOW, 1 << 20)
    assert isinstance(found, Event)
    return found


def test_failed_attach_names_instance_port_and_reason():
    found = event(failed_call(requested_ip="192.0.2.99", tag="dmz"))
    assert found.source is Source.NOVA_FAULT
    assert (found.action, found.phase, found.cause) == (Action.ATTACH, Phase.ERROR, "api")
    assert (found.instance_id, found.instance_name) == (INSTANCE, "vm-1")
    assert (found.compute_host, found.user_id) == ("compute-1", "alice")
    assert (found.port_id, found.network_id) == (PORT, None)
    assert (found.requested_ip, found.tag) == ("192.0.2.99", "dmz")
    assert found.error_class == "PortInUse"
    assert (found.error_message, found.error_code) == ("Port is in use", 400)
    assert found.nics is None


def test_failed_detach_is_one():
    assert event(failed_call("detach_interface")).action is Action.DETACH


def test_failure_belongs_to_the_start_that_the_hand_patch_sent():
    found = event(failed_call())
    start = event(body("compute.instance.interface_attach.start", payload=payload()))
    assert found.operation_id == found.correlation_id == start.operation_id


@pytest.mark.parametrize(
    "sent",
    [
        f"Instance(access_ip_v4=None,info_cache=InstanceInfoCache,uuid={INSTANCE},vcpus=1)",
        f"{{'uuid': '{INSTANCE}', 'auth_token': '{TOKEN}'}}",
        f"{{u'uuid': u'{INSTANCE}'}}",
    ],
)
def test_instance_that_is_only_its_repr_is_found(sent):
    found = event(failed_call(instance=sent))
    assert found.instance_id == INSTANCE
    assert TOKEN not in found.payload


def test_of_the_arguments_no_context_and_no_user_data_is_kept():
    kept = event(failed_call(flavor={"deep": instance_object()})).payload
    for secret in (TOKEN, CATALOG_URL, "c2VjcmV0", "auth_token", "service_catalog"):
        assert secret not in kept
    assert PORT in kept
    assert INSTANCE in kept


def test_exception_that_quotes_a_token_ends_there():
    found = event(failed_call(exception=f"Unauthorized(\"{{'auth_token': '{TOKEN}'}}\")"))
    assert found.error_class == "Unauthorized"
    assert found.error_message == "{'auth_token***"
    assert json.loads(found.payload)["exception"] == "Unauthorized(\"{'auth_token***"


@pytest.mark.parametrize("instance", ["Instance(vcpus=1)", {"uuid": 7}, ""])
def test_failure_on_no_instance_is_refused(instance):
    with pytest.raises(NotificationError) as refused:
        event(failed_call(instance=instance))
    assert refused.value.code == "no_instance_id"


@pytest.mark.parametrize(
    "broken",
    [
        body("attach_interface", payload={"exception": "E()"}),
        body("attach_interface", payload={"args": {}}),
        body("detach_interface", payload={"args": []}),
        failed_call(instance=7),
    ],
)
def test_malformed_failure_is_refused(broken):
    with pytest.raises(NotificationError) as refused:
        event(broken)
    assert refused.value.code == "payload_invalid"


def test_odd_arguments_do_not_cost_the_failure():
    found = event(failed_call(port_id=["p"], requested_ip="somewhere", tag=7))
    assert (found.port_id, found.requested_ip, found.tag) == (None, None, None)
    assert found.error_class == "PortInUse"
    assert len(found.notes) == 3


@pytest.mark.parametrize("exception", ["PortInUse_Remote('x')", {"class": "PortInUse_Remote"}])
def test_class_of_an_exception_of_another_process_is_its_own(exception):
    assert event(failed_call(exception=exception)).error_class == "PortInUse"
