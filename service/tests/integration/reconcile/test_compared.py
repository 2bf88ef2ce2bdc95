"""What ``vifcast reconcile`` finds and corrects."""

import datetime as dt

import pytest

from fake_cloud import OWN_PROJECT
from ledger_events import make_sighting
from reconciled import attach, kinds, open_nics
from vifcast import times
from vifcast.model import Source
from vifcast.store import EventQuery

# openstacksdk 4.18 says it of what it does itself, whatever it is asked.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")


def test_ledger_that_is_right(cloud, store, run):
    for number in range(1, 8):
        cloud.add(number, server=f"server-{number % 3}")
    store.write([attach(number, f"server-{number % 3}") for number in range(1, 8)], [])
    printed = run().stdout
    assert printed == "3 servers, 7 NICs in the cloud, 7 in the ledger: 0 differ.\n"
    # Two in one page: all were read. The newest microversion, or a cell that is down is hidden.
    assert cloud.microversions == {"compute 2.96"}


def test_missing_stale_and_differing_are_reported(cloud, store, run, found):
    cloud.add(1)
    cloud.add(2)
    cloud.add(4, mac_address="FA:16:3E:FF:FF:FF", fixed_ips=[])
    store.write([attach(1), attach(3), attach(4)], [])
    report = found(code=1)
    assert kinds(report) == {"missing": ["port-2"], "stale": ["port-3"], "differing": ["port-4"]}
    assert report["differing"][0]["fields"] == ["mac_address", "addresses"]
    assert report["fixed"] == 0
    missing, stale, differing, summary = run(code=1).stdout.splitlines()
    about = "port port-2  instance server-1 (name of server-1)  192.0.2.2  fa:16:3e:00:00:02"
    assert missing == f"missing    {about}"
    assert stale == (
        "stale      port port-3  instance server-1 (vm-1)  192.0.2.3  fa:16:3e:00:00:03"
    )
    assert differing == (
        "differing  port port-4  instance server-1 (name of server-1)  MAC: ledger "
        "fa:16:3e:00:00:04, cloud fa:16:3e:ff:ff:ff; addresses: ledger 192.0.2.4, cloud none"
    )
    assert summary == "1 servers, 3 NICs in the cloud, 3 in the ledger: 3 differ."


def test_fix_corrects_the_ledger_by_events(cloud, store, found):
    cloud.add(1)
    cloud.add(2)
    cloud.add(4, server="server-2", mac_address="fa:16:3e:ff:ff:ff")
    store.write([attach(1), attach(3), attach(4)], [])
    last = store.last_event_id()
    assert found("--fix")["fixed"] == 3
    assert open_nics(store) == {
        "port-1": ("server-1", "fa:16:3e:00:00:01", ["192.0.2.1"]),
        "port-2": ("server-1", "fa:16:3e:00:00:02", ["192.0.2.2"]),
        "port-4": ("server-2", "fa:16:3e:ff:ff:ff", ["192.0.2.4"]),
    }
    assert {each.source for each in store.events_after(last, 100)} == {Source.RECONCILE}
    again = found("--fix")
    assert kinds(again) == {"missing": [], "stale": [], "differing": []}
    assert len(store.events(EventQuery()).items) == 6


def test_what_happens_after_the_correction_wins(cloud, store, found):
    cloud.add(1)
    found("--fix")
    store.write([attach(1, action="detach", operation_id="later", at_s=100 * 365 * 86400)], [])
    assert open_nics(store) == {}


def test_nic_that_moved_meanwhile_is_no_difference(cloud, store, found):
    """The NIC of each server is another case of what comes in while the cloud is read."""
    for number in (1, 2, 3):
        cloud.add(number, server=f"server-{number}")
    store.write([attach(4, "server-4")], [])

    def meanwhile(path):
        if path.startswith("/network/v2.0/ports") and store.last_event_id() == 1:
            store.write(
                [
                    attach(1, "server-1"),
                    # An attach by network does not know its port at the start.
                    attach(2, "server-2", phase="start", port_id=None),
                    attach(4, "server-4", action="detach", operation_id="out", at_s=9),
                ],
                [],
            )

    cloud.on_request = meanwhile
    report = found(code=1)
    assert kinds(report) == {"missing": ["port-3"], "stale": [], "differing": []}
    assert report["changing"] == ["port-1", "port-2", "port-4"]


def test_operation_under_way_is_waited_for_and_one_that_hangs_is_not(cloud, store, found):
    for number in (1, 2):
        cloud.add(number, server=f"server-{number}")
    now = times.now()
    ages = {1: 5, 2: 86400}
    store.write(
        [
            attach(number, f"server-{number}", phase="start", port_id=None,
                   occurred_at=now - dt.timedelta(seconds=age))
            for number, age in ages.items()
        ],
        [],
    )  # fmt: skip
    report = found(code=1)
    assert kinds(report)["missing"] == ["port-2"]
    assert report["changing"] == ["port-1"]


def test_server_that_nova_works_on_is_left_alone(cloud, store, found):
    cloud.add(1, server="server-1")
    cloud.servers[0]["OS-EXT-STS:task_state"] = "spawning"
    assert found()["changing"] == ["port-1"]


def test_server_that_goes_while_it_is_read_is_left_alone(cloud, store, found):
    cloud.add(1, server="server-1")
    cloud.add(2, server="server-2")
    store.write([attach(1), attach(2, "server-2")], [])

    def meanwhile(path):
        if path.endswith("/os-interface"):
            cloud.servers[:] = [each for each in cloud.servers if each["id"] != "server-2"]
            cloud.ports[:] = [each for each in cloud.ports if each["device_id"] != "server-2"]

    cloud.on_request = meanwhile
    report = found()
    assert kinds(report) == {"missing": [], "stale": [], "differing": []}
    assert report["changing"] == ["port-2"]


def test_where_nova_and_neutron_disagree_nothing_is_fixed(cloud, store, found, run):
    cloud.add(1)
    cloud.add(2)
    cloud.interfaces["server-1"] = cloud.interfaces_of("server-1")[:1]
    store.write([attach(1)], [])
    report = found("--fix", code=1)
    assert kinds(report) == {"missing": [], "stale": [], "differing": []}
    assert [each["port_id"] for each in report["disagreements"]] == ["port-2"]
    assert "Nova and Neutron disagree about 1." in run(code=1).stdout
    assert len(store.events(EventQuery()).items) == 1


def test_one_project(cloud, store, found):
    cloud.add(1, server="server-1", project="project-1")
    cloud.add(2, server="server-2", project="project-2")
    store.write([attach(3), attach(4, "server-2", project_id="project-2")], [])
    report = found("--project", "project-1", code=1)
    assert kinds(report) == {"missing": ["port-1"], "stale": ["port-3"], "differing": []}
    assert report["project_id"] == "project-1"


def test_credentials_of_one_project_see_that_one_and_fix_nothing(cloud, store, found, run):
    cloud.is_admin = False
    cloud.add(1, server="server-1", project=OWN_PROJECT)
    cloud.add(2, server="server-2", project="project-2")
    mine = {"project_id": OWN_PROJECT}
    store.write([attach(1, **mine), attach(3, **mine), attach(4, "server-2")], [])
    report = found(code=1)
    assert kinds(report) == {"missing": [], "stale": ["port-3"], "differing": []}
    assert (report["project_id"], report["sees_all"]) == (OWN_PROJECT, False)
    assert "one that is not shown looks stale" in run(code=1).stdout.replace("\n", " ")
    refused = run("--fix", code=2)
    assert "nothing was fixed: these credentials do not show" in refused.stderr
    assert "port-3" in refused.stdout
    assert set(open_nics(store)) == {"port-1", "port-3", "port-4"}
    assert "403" in run("--project", "project-2", code=2).stderr


def test_host_of_bare_metal_is_nova_computes_and_not_the_node(cloud, store, run):
    node = "7c1e0f52-33aa-4f7e-9d0b-5a5b6c7d8e9f"
    cloud.add(1, **{"binding:host_id": node, "binding:vnic_type": "baremetal"})
    store.write([attach(1)], [])
    assert run().stdout.endswith(": 0 differ.\n")


def test_offloaded_server_is_on_no_host_wherever_its_port_is_bound(cloud, store, run):
    cloud.add(1)
    cloud.servers[0] |= {"status": "SHELVED_OFFLOADED", "OS-EXT-SRV-ATTR:host": None}
    offloaded = make_sighting(action="move", at_s=9, instance_id="server-1", compute_host=None)
    store.write([attach(1), offloaded], [])
    assert run().stdout.endswith(": 0 differ.\n")
