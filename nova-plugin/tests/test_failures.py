"""What goes over the bus for an attach or a detach that fails, or is refused."""

import gc

import pytest
from lab import contract, differences, operations
from lab.network import NETWORK_ID
from lab.wire import phases
from nova import exception
from vifcast_nova.notify.operation import Operation

PORT = "bbbbbbbb-0000-4000-8000-000000000001"

pytestmark = pytest.mark.usefixtures("any_format")


def test_failure_in_allocation_is_an_error_without_a_nic(nova, server, bus):
    operations.fail_allocation(nova, exception.PortInUse(port_id=PORT))
    with pytest.raises(Exception, match="in use"):
        server.attach(port_id=PORT)
    start, error = bus.take_nics()
    assert phases([start, error]) == ["attach.start", "attach.error"]
    assert error["payload"]["interface"]["port_id"] == PORT
    assert error["payload"]["interface"]["mac_address"] is None
    assert "in use" in error["payload"]["message"]
    assert isinstance(error["payload"]["code"], int)
    assert error["payload"]["exception"]
    contract.check(error)


def test_refusal_of_the_virt_driver_names_the_nic_that_was_given_back(
    nova, server, bus
):
    nova.plugs.refuse_attach = True
    with pytest.raises(Exception, match="attach"):
        server.attach(network_id=NETWORK_ID)
    start, error = bus.take_nics()
    assert phases([start, error]) == ["attach.start", "attach.error"]
    reported = error["payload"]["interface"]
    assert reported["port_id"]
    assert reported["mac_address"] == "fa:16:3e:00:00:0b"
    assert reported["fixed_ips"][0]["ip_address"] == "192.0.2.11"
    assert server.port_ids() == []
    contract.check(error)


def test_runtime_error_of_the_virt_driver_is_an_error(nova, server, bus):
    nova.plugs.attach_raises = RuntimeError("qemu is gone")
    with pytest.raises(RuntimeError, match="qemu is gone"):
        server.attach(port_id=PORT)
    start, error = bus.take_nics()
    assert phases([start, error]) == ["attach.start", "attach.error"]
    assert error["payload"]["interface"]["mac_address"] == "fa:16:3e:00:00:0b"
    assert error["payload"]["code"] == 500
    contract.check(error)


def test_place_among_novas_own_errors(nova, server, bus, any_format):
    nova.plugs.attach_raises = RuntimeError("qemu is gone")
    with pytest.raises(RuntimeError, match="qemu is gone"):
        server.attach(port_id=PORT)
    ours = ["compute.instance.interface_attach.error"]
    # nova/exception_wrapper.py; Nova's legacy notifier is a no-op under "versioned".
    novas = [] if any_format == "versioned" else ["attach_interface"]
    # On the bus ours come when the outbox sends them; the timestamp is when they were made.
    heard = sorted(bus.take(), key=lambda n: n["timestamp"])
    sent = [n["event_type"] for n in heard if n["event_type"] in ours + novas]
    assert sent == (ours + novas if differences.HAS_BODIES else novas + ours)


class Silent(Exception):
    def __str__(self):
        raise ValueError("no text")

    __repr__ = __str__


class Falsy(Exception):
    def __bool__(self):
        return False

    __nonzero__ = __bool__  # Python 2.7


class NoText(exception.NovaException):
    def format_message(self):
        return object()


# With what Nova's own error decorators trip over it.
@pytest.mark.parametrize(
    ("kind", "tripped"), [(Silent, ValueError), (Falsy, None), (NoText, TypeError)]
)
def test_exception_that_cannot_be_printed_is_reported_by_its_class(
    nova, server, bus, kind, tripped
):
    operations.fail_allocation(nova, kind())
    with pytest.raises((kind, ValueError, TypeError)):
        server.attach(port_id=PORT)
    start, error = bus.take_nics()
    assert phases([start, error]) == ["attach.start", "attach.error"]
    if tripped and not differences.HAS_BODIES:
        assert error["payload"]["exception"].startswith(tripped.__name__)
    else:
        assert error["payload"]["exception"].startswith("RuntimeError(")
        assert kind.__name__ in error["payload"]["exception"]
    contract.check(error)


def test_message_that_is_not_ascii_is_reported(nova, server, bus):
    refusal = exception.PortInUse(port_id=u"\u00e4\u65e5")
    operations.fail_allocation(nova, refusal)
    with pytest.raises(exception.PortInUse):
        server.attach(port_id=PORT)
    error = bus.take_nics()[1]
    assert u"\u00e4\u65e5" in error["payload"]["message"]
    assert "PortInUse" in error["payload"]["exception"]
    assert error["payload"]["code"] == refusal.kwargs["code"]
    contract.check(error)


def test_failure_after_the_virt_driver_is_an_error(nova, server, bus):
    with operations.failing_after_driver(RuntimeError("database is gone")):
        with pytest.raises(RuntimeError, match="database is gone"):
            server.attach(port_id=PORT)
    start, error = bus.take_nics()
    assert phases([start, error]) == ["attach.start", "attach.error"]
    assert PORT in nova.plugs


def test_failing_detach_is_an_error(nova, server, bus):
    vif = server.attach()
    bus.take()
    nova.plugs.clear()
    with pytest.raises(Exception, match="[Dd]etach"):
        server.detach(vif["id"])
    start, error = bus.take_nics()
    assert phases([start, error]) == ["detach.start", "detach.error"]
    assert error["payload"]["interface"]["port_id"] == vif["id"]
    assert server.port_ids() == [vif["id"]]


def test_detach_of_a_port_that_is_not_attached_is_not_reported(server, bus):
    with pytest.raises(Exception, match="not attached"):
        server.detach(PORT)
    assert bus.take_nics() == []


def test_attach_on_a_driver_that_cannot_is_not_reported(nova, server, bus):
    nova.manager.driver.capabilities = dict(
        nova.manager.driver.capabilities, supports_attach_interface=False
    )
    with pytest.raises(Exception, match="[Aa]ttach"):
        server.attach()
    assert bus.take_nics() == []


def test_tagged_attach_on_a_driver_that_cannot_is_not_reported(nova, server, bus):
    nova.manager.driver.capabilities = dict(
        nova.manager.driver.capabilities, supports_tagged_attach_interface=False
    )
    with pytest.raises(Exception, match="[Tt]ag"):
        server.attach(tag="dmz")
    assert bus.take_nics() == []


def test_failed_operations_do_not_pile_up(nova, server, bus):
    nova.plugs.attach_raises = RuntimeError("qemu is gone")
    gc.collect()
    # pytest keeps the tracebacks of earlier tests, and what their frames hold.
    before = {id(o) for o in gc.get_objects() if isinstance(o, Operation)}
    gc.disable()
    try:
        for _ in range(5):
            try:
                server.attach(port_id=PORT)
            except RuntimeError:
                nova.plugs.attach_raises = RuntimeError("qemu is gone")
        kept = [o for o in gc.get_objects() if isinstance(o, Operation) and id(o) not in before]
    finally:
        gc.enable()
    assert len(kept) <= 1  # the last failure may still be held by what logged it
