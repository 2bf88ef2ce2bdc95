"""Nova's services as processes of their own, with the operator's two lines in nova.conf."""

import json
import os
import sys
import time
import urllib.request

import nova.monkey_patch
import pytest
from lab import contract, wire
from lab.network import NETWORK_ID
from processes.cloud import BIN, Cloud

# What runs nova-compute: from 2025.2 on either, before that eventlet.
THREADS = ["native", "eventlet"] if hasattr(nova.monkey_patch, "patch") else ["eventlet"]
SENT_WITHIN_S = 20
REPORTS_FOR_S = 7  # one every 2 s
# What reads the same nova.conf and has nothing to do with NICs.
BYSTANDERS = ["nova-conductor", "nova-scheduler", "nova-api"]


@pytest.fixture(scope="module")
def databases(tmp_path_factory):
    """A folder with Nova's databases, empty."""
    cloud = Cloud(str(tmp_path_factory.mktemp("databases")), "native")
    cloud.sync()
    return cloud.folder


@pytest.fixture(scope="module", params=THREADS)
def cloud(request, databases, tmp_path_factory):
    """Conductor, scheduler, API and compute, up and running."""
    cloud = Cloud(str(tmp_path_factory.mktemp("cloud")), request.param, databases)
    python = [sys.executable, "-W", "ignore", "-m"]
    port = {name: str(number) for name, number in cloud.ports.items()}
    try:
        cloud.start("placement", [*python, "processes.placement", cloud.folder, port["placement"]])
        cloud.start("neutron", [*python, "processes.neutron", port["neutron"]])
        for name in ("nova-conductor", "nova-scheduler"):
            cloud.start(name, cloud.script(name))
        if os.path.exists(os.path.join(BIN, "nova-api")):
            cloud.start("nova-api", cloud.script("nova-api"))
        else:
            cloud.start("nova-api", [*python, "processes.wsgi", port["api"]])
        cloud.wait_for_port("placement", "placement")
        cloud.wait_for_rpc("nova-conductor", "conductor")
        cloud.start("nova-compute", cloud.script("nova-compute"))
        cloud.wait_for_port("nova-api", "api")
        cloud.wait_for_rpc("nova-scheduler", "scheduler")
        cloud.wait_for_rpc("nova-compute", "compute.compute1")
        yield cloud
    finally:
        cloud.stop()


def ours(log):
    """The lines about us; the environment may be below a folder that is named vifcast."""
    return [line for line in log if "vifcast" in line.replace(sys.prefix, "").lower()]


def test_nova_compute_says_once_that_it_is_on_before_it_starts(cloud):
    log = cloud.log("nova-compute")
    # What it says of the lane comes with the first report.
    lines = [line for line in ours(log) if "outbox.lane" not in line]
    assert len(lines) == 1, lines
    assert " INFO vifcast_nova.hooks.install" in lines[0]
    assert "is on" in lines[0]
    starting = next(line for line in log if "Starting compute node" in line)
    assert log.index(lines[0]) < log.index(starting)
    assert "nova.compute.manager" in cloud.imported("nova-compute")


def test_nova_compute_runs_the_threads_that_were_asked_for(cloud):
    assert ("eventlet" in cloud.imported("nova-compute")) == (cloud.threads == "eventlet")


def take_from_outbox(ear, count):
    """So many NIC notifications: another process's outbox sends them when it will."""
    received, until = [], time.monotonic() + SENT_WITHIN_S
    while len(received) < count and time.monotonic() < until:
        time.sleep(0.1)
        received += ear.take_nics()
    return received


def test_rpc_attach_and_detach_are_reported(cloud):
    ear = wire.Wire(cloud.notification_url)
    try:
        output = cloud.run([sys.executable, "-W", "ignore", "-m", "processes.client", cloud.folder])
        received = take_from_outbox(ear, 4)
    finally:
        ear.close()
    nic = json.loads(output)
    assert wire.phases(received) == ["attach.start", "attach.end", "detach.start", "detach.end"]
    for notification in received:
        contract.check(notification)
        assert notification["publisher_id"] == "compute.compute1"
    assert received[0]["payload"]["interface"]["network_id"] == NETWORK_ID
    for notification in received[1:]:
        interface = notification["payload"]["interface"]
        assert interface["port_id"] == nic["port_id"]
        assert interface["mac_address"] == nic["mac_address"]
        assert interface["fixed_ips"][0]["ip_address"] == nic["ip_address"]


def test_nova_compute_alone_reports(cloud):
    ear = wire.Wire(cloud.notification_url)
    try:
        time.sleep(REPORTS_FOR_S)
        reports = [n for n in ear.take() if n["event_type"] == "vifcast.report"]
    finally:
        ear.close()
    for report in reports:
        contract.check_report(report)
    assert {report["publisher_id"] for report in reports} == {"compute.compute1"}
    # Of one process: each would have a number of its own.
    sent = [report["payload"]["outbox"]["sent"] for report in reports]
    assert len(sent) >= 2
    assert sent == sorted(set(sent))


def test_nova_compute_loads_nothing_of_the_command(cloud):
    # By now it has attached, detached and reported.
    ours = {name for name in cloud.imported("nova-compute") if name.startswith("vifcast_nova.")}
    assert {"vifcast_nova.hooks.wrappers", "vifcast_nova.outbox.sender"} <= ours
    assert [name for name in ours if name.startswith("vifcast_nova.cli")] == []


def test_check_finds_the_running_nova_compute_and_all_is_well(cloud):
    command = [sys.executable, "-W", "ignore", "-m", "vifcast_nova", "check", "--json"]
    report = json.loads(cloud.run([*command, "--config-file", cloud.conf_path]))
    # Nobody listens here: there is no lane.
    assert [line["name"] for line in report["lines"] if line["level"] != "OK"] == ["lane"]
    (running,) = [line for line in report["lines"] if line["name"] == "nova-compute"]
    assert running["text"].startswith("pid %d, user " % cloud.pid("nova-compute"))
    (outbox,) = [line for line in report["lines"] if line["name"] == "outbox"]
    assert "who runs nova-compute" in outbox["text"]


@pytest.mark.parametrize("name", BYSTANDERS)
def test_other_services_load_the_driver_and_nothing_happens(cloud, name):
    imported = cloud.imported(name)
    assert "vifcast_nova.driver" in imported
    assert "nova.compute.manager" not in imported
    assert ours(cloud.log(name)) == []


def test_nova_api_serves(cloud):
    with urllib.request.urlopen("http://127.0.0.1:%d/" % cloud.ports["api"]) as answer:
        assert b"v2.1" in answer.read()
