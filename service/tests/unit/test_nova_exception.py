import datetime as dt
import json
from pathlib import Path

import pytest
from nova_notifications import exception_payload, versioned

from vifcast.errors import NotificationError
from vifcast.model import Action, Event, Phase, Source
from vifcast.notification.interpret import interpret

NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
SAMPLES = Path(__file__).parents[3] / "contract" / "samples"
EXCEPTIONS = sorted(SAMPLES.glob("*-compute-exception.json"))


def traceback(method, file="/usr/lib/python3/dist-packages/nova/compute/manager.py"):
    return (
        "Traceback (most recent call last):\n"
        f',  File "{file}", line 8049, in {method}\n'
        "    return do_something()\n"
        ',  File "nova/network/neutron.py", line 767, in _validate_requested_port_ids\n'
        ",nova.exception.PortInUse: Port is still in use.\n"
    )


def read(**changes):
    return interpret(versioned("compute.exception", exception_payload(**changes)), NOW, 1 << 20)


@pytest.mark.parametrize("sample", EXCEPTIONS, ids=lambda path: path.stem)
def test_sample_of_a_real_nova_names_what_failed_and_why(sample):
    found = interpret(sample.read_bytes(), NOW, 1 << 20)
    inner = json.loads(json.loads(sample.read_bytes())["oslo.message"])
    data = inner["payload"]["nova_object.data"]
    assert isinstance(found, Event)
    action = Action.DETACH if "detach" in sample.stem else Action.ATTACH
    assert (found.source, found.action, found.phase) == (Source.NOVA_FAULT, action, Phase.ERROR)
    assert found.request_id == inner["_context_request_id"]
    assert found.compute_host == "minicloud"
    assert found.error_class == data["exception"]
    assert found.error_message == data["exception_message"]
    # Of an instance it says nothing.
    assert (found.instance_id, found.correlation_id, found.operation_id) == (None, None, None)


def test_what_was_called_is_not_where_it_was_raised():
    assert (
        read(
            function_name="detach_interface",
            module_name="nova.virt.libvirt.driver",
            traceback=traceback("attach_interface"),
        ).action
        is Action.ATTACH
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"traceback": traceback("reboot_instance")},
        # The virt driver's, which a refresh or a deletion calls too.
        {"traceback": traceback("detach_interface", "/nova/virt/libvirt/driver.py")},
        {"traceback": traceback("attach_interfaces")},
        {"traceback": ""},
        {"traceback": 7},
    ],
)
def test_failure_of_another_call_is_passed_over(changes):
    assert read(**changes) is None


def without_traceback(**changes):
    """As Nova 17 sends it."""
    payload = exception_payload(**changes)
    del payload["nova_object.data"]["traceback"]
    return interpret(versioned("compute.exception", payload), NOW, 1 << 20)


@pytest.mark.parametrize("function", ["attach_interface", "_attach_interface"])
def test_without_a_traceback_the_managers_own_function_counts(function):
    found = without_traceback(function_name=function, module_name="nova.compute.manager")
    assert found.action is Action.ATTACH


@pytest.mark.parametrize(
    ("function", "module"),
    [
        ("attach_interface", "nova.virt.fake"),
        ("reboot_instance", "nova.compute.manager"),
        ("_validate_requested_port_ids", "nova.network.neutron"),
        (["attach_interface"], "nova.compute.manager"),
    ],
)
def test_without_a_traceback_another_function_does_not_count(function, module):
    assert without_traceback(function_name=function, module_name=module) is None


@pytest.mark.parametrize("function", ["detach_interface", "_detach_interface"])
@pytest.mark.parametrize("unread", ["", "Traceback (most recent call last): …", None, 7])
def test_with_an_unusable_traceback_the_managers_own_function_counts(function, unread):
    found = read(function_name=function, module_name="nova.compute.manager", traceback=unread)
    assert found.action is Action.DETACH


def test_exception_of_another_major_version_is_refused():
    payload = exception_payload() | {"nova_object.version": "2.0"}
    with pytest.raises(NotificationError) as refused:
        interpret(versioned("compute.exception", payload), NOW, 1 << 20)
    assert refused.value.code == "unknown_payload_version"


def test_odd_class_and_message_are_null_with_a_note():
    found = read(exception=["X"], exception_message=7, traceback=traceback("attach_interface"))
    assert (found.error_class, found.error_message) == (None, None)
    assert len(found.notes) == 2
