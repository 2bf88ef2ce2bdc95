"""Operations of one instance at once, of which only Nova's lists say what they moved.

Ground truth is a model of Nova's cache (nova_cache). "Shown" are the NICs that have an address:
a NIC without one is in no list, and nobody can know of it.
"""

from hypothesis import event, given, settings
from hypothesis import strategies as st
from nova_cache import clouds

from vifcast.model import Status
from whole_ledger import whole_ledger

MANY = settings(max_examples=300)


def open_ports(attachments):
    return {each.port_id for each in attachments if each.detached_at is None}


def check_ports(operations, cloud):
    """Of each operation that succeeded the port is the right one, or null."""
    for operation in operations:
        if operation.status is Status.SUCCEEDED:
            right = cloud.moved.get(operation.correlation_id)
            assert operation.port_id in (right, None), operation.correlation_id
            event(f"inferred: {operation.port_id is not None}, shown: {right in cloud.visible}")


@MANY
@given(cloud=clouds())
def test_all_that_succeed_leave_the_right_nics_open_and_no_port_is_wrong(cloud):
    """Nothing is lost, nothing fails: nothing more is needed."""
    operations, attachments = whole_ledger(cloud.events)
    check_ports(operations, cloud)
    listed = {nic.port_id for each in cloud.events for nic in each.nics or ()}
    assert open_ports(attachments) == cloud.shown & listed


@MANY
@given(cloud=clouds(failing=True, quiet_end=True), data=st.data())
def test_list_that_is_read_after_all_was_quiet_sets_the_open_nics_right(cloud, data):
    """Whatever failed and whatever was lost before, all of what some operations sent included.

    Without such a list it cannot be known, where the end of a detach was lost, or which of two
    attaches failed: the one whose NIC a neighbour listed, or the one that moved one without an
    address.
    """
    lost = data.draw(st.sets(st.integers(0, max(0, len(cloud.events) - 3))))
    received = [each for number, each in enumerate(cloud.events) if number not in lost]
    _, attachments = whole_ledger(received)
    assert open_ports(attachments) == cloud.shown


@MANY
@given(cloud=clouds(failing=True), data=st.data())
def test_port_is_right_or_null_whatever_fails_or_is_lost(cloud, data):
    """As far as something is left of each operation; of one that is lost whole nobody knows."""
    received = []
    for name in {each.correlation_id for each in cloud.events}:
        sent = [each for each in cloud.events if each.correlation_id == name]
        received += data.draw(st.lists(st.sampled_from(sent), min_size=1, unique_by=id))
    operations, _ = whole_ledger(received)
    check_ports(operations, cloud)
