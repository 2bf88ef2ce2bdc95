"""``openstack nic …`` and ``vifcast --os-cloud``: a real openstackclient, Keystone and service."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from host_reports import make_report
from keystone_server import Keystone
from ledger_events import make_event
from vifcast.client import Client
from vifcast.errors import AccessDeniedError, ApiError, ApiUnreachableError
from vifcast.model import FixedIp

# openstacksdk's own, of what it reads in every clouds.yaml.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")

OPENSTACK = Path(sys.executable).with_name("openstack")


@pytest.fixture(scope="module")
def keystone():
    """One whose catalogue has this module's service alone."""
    with Keystone() as server:
        yield server


@pytest.fixture(scope="module")
def project(keystone):
    return keystone.create_project()


@pytest.fixture(scope="module")
def server(module_serve, keystone, project, tmp_path_factory):
    own = keystone.create_user("service", scope=project)
    options = keystone.authtoken_options(own, project)
    file = tmp_path_factory.mktemp("conf") / "vifcast.conf"
    lines = [f"{name} = {value}" for name, value in options.items()]
    file.write_text("\n".join(["[keystone_authtoken]", *lines, ""]))
    server = module_serve("memory://", config_file=file, api__auth="keystone")
    about = {"fixed_ips": (FixedIp("192.0.2.7", 4), FixedIp("2001:db8::7", 6))}
    server.store.write(
        [
            make_event(project_id=project.id, operation_id="o1", port_id="p1", **about),
            make_event(phase="start", operation_id="o2", port_id="p2", instance_id="i2"),
        ],
        [],
        [make_report(host="compute-1")],
    )
    keystone.register("nic-ledger", server.url)
    return server


@pytest.fixture(scope="module")
def clouds(keystone, project, server, tmp_path_factory):
    """clouds.yaml with an admin, a reader of the project, and who has a wrong password."""
    reader = keystone.create_user("reader", scope=project)
    admin = keystone.create_user("admin", scope="system")

    def cloud(user, **scope):
        auth = {
            "auth_url": keystone.auth_url, "username": user.name, "password": user.password,
            "user_domain_id": "default",
        }  # fmt: skip
        return {
            "auth": auth | scope,
            "region_name": keystone.authtoken_options(user, project)["region_name"],
        }

    of_project = {"project_id": project.id}
    entries = {
        "reader": cloud(reader, **of_project),
        "admin": cloud(admin, system_scope="all"),
        "wrong": cloud(reader, **of_project),
        "away": cloud(reader, **of_project),
        "nowhere": cloud(reader, **of_project) | {"region_name": "elsewhere"},
    }
    entries["wrong"]["auth"]["password"] = "wrong"
    entries["away"]["auth"]["auth_url"] = "http://127.0.0.1:1/v3"
    file = tmp_path_factory.mktemp("clouds") / "clouds.yaml"
    file.write_text(yaml.safe_dump({"clouds": entries}))
    return {"OS_CLIENT_CONFIG_FILE": str(file)}


@pytest.fixture(scope="module")
def openstack(clouds):
    """Run ``openstack``; its output is JSON, unless that fails."""

    def run(cloud, *arguments, code=0):
        done = subprocess.run(
            [OPENSTACK, "--os-cloud", cloud, *arguments, *(["-f", "json"] if code == 0 else [])],
            capture_output=True, text=True, timeout=110, check=False, env=os.environ | clouds,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout) if code == 0 else done.stderr

    return run


def test_history(openstack):
    (found,) = openstack("reader", "nic", "history", "--ip", "192.0.2.7")
    assert found["Port ID"] == "p1"
    assert found["IP Addresses"] == "192.0.2.7, 2001:db8::7"
    assert found["Attached At"] == "2026-11-22T12:00:00.000000Z"
    # What Nova shows to admins only.
    assert found["Compute Host"] is None
    at = ("--at", "2026-11-22T11:00:00Z")
    assert openstack("reader", "nic", "history", "--instance", "instance-1", *at) == []
    assert "give exactly one of" in openstack("reader", "nic", "history", code=1)


def test_lists(openstack):
    (found,) = openstack("reader", "nic", "attachment", "list", "--open", "--network", "private")
    assert (found["Port ID"], found["Detached At"], found["Region"]) == ("p1", None, None)
    (found,) = openstack("admin", "nic", "operation", "list", "--overdue", "--limit", "1")
    assert (found["Instance ID"], found["Status"], found["Region"]) == ("i2", "overdue", None)
    (found,) = openstack("admin", "nic", "host", "list", "--host", "compute-1")
    assert (found["Host"], found["Region"], found["vifcast-nova"]) == ("compute-1", None, "0.1.0")


@pytest.mark.parametrize(
    "asked",
    [
        ("attachment", "list"),
        ("operation", "list"),
        ("host", "list"),
        ("history", "--instance", "instance-1"),
    ],
    ids=" ".join,
)
def test_region(openstack, asked):
    assert openstack("admin", "nic", *asked, "--region", "")
    assert openstack("admin", "nic", *asked, "--region", "north") == []


def test_refusals_are_sentences(openstack):
    assert "vifcast:host:list does not allow this" in openstack(
        "reader", "nic", "host", "list", code=1
    )
    asked = ("nic", "attachment", "list", "--at", "2026-11-03")
    assert "has no time zone" in openstack("reader", *asked, code=1)


def test_address_may_be_given(openstack, server):
    asked = ("nic", "attachment", "list")
    (found,) = openstack("reader", "--os-nic-ledger-endpoint", server.url, *asked)
    assert found["Port ID"] == "p1"
    away = "http://127.0.0.1:1"
    assert "refuses connections" in openstack(
        "reader", "--os-nic-ledger-endpoint", away, *asked, code=1
    )


def test_command_line_asks_a_cloud(vifcast, clouds):
    process = vifcast("attachments", "--os-cloud", "admin", "--json", **clouds)
    assert process.wait(100) == 0, process.errors
    assert json.loads(process.out[0])["compute_host"] == "compute-1"


def test_command_line_passes_over_os_cloud_of_the_environment(vifcast, clouds, server):
    process = vifcast("db", "upgrade", OS_CLOUD="admin", **clouds)
    assert process.wait(100) == 0, process.errors
    process = vifcast("attachments", OS_CLOUD="admin", **clouds)
    assert process.wait(100) == 0, process.errors
    assert process.out == ["No such attachments.\n"]


@pytest.mark.parametrize(
    ("cloud", "kind", "why"),
    [
        ("wrong", AccessDeniedError, "cloud wrong: Keystone refuses the credentials"),
        ("away", ApiUnreachableError, "cloud away refuses connections"),
        ("nowhere", ApiError, "has no endpoint of"),
    ],
)
def test_what_can_be_wrong_about_a_cloud(clouds, monkeypatch, cloud, kind, why):
    for name, value in clouds.items():
        monkeypatch.setenv(name, value)
    with Client.from_cloud(cloud) as client, pytest.raises(kind, match=why):
        list(client.attachments())


def test_cloud_without_an_endpoint_takes_an_address(clouds, monkeypatch, server):
    for name, value in clouds.items():
        monkeypatch.setenv(name, value)
    with Client.from_cloud("nowhere", url=server.url) as client:
        (found,) = client.attachments()
    assert found.port_id == "p1"
