"""What cannot be compared is reported, and changes nothing."""

import time

import pytest
from click.testing import CliRunner

from fake_cloud import PASSWORD
from reconciled import attach, open_nics
from vifcast.cli import main
from vifcast.store import AttachmentQuery

# openstacksdk 4.18 says it of what it does itself, whatever it is asked.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")


def test_another_cloud_is_not_taken_for_ours(cloud, store, run):
    cloud.add(1)
    store.write([attach(2)], [])
    refused = run("--fix", code=2)
    assert "not one of the 1 NICs in the ledger is in this cloud" in refused.stderr
    assert set(open_nics(store)) == {"port-2"}


def drop(handler):
    handler.close_connection = True


def cut_off(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"ports": [')
    handler.close_connection = True


def hang(handler):
    time.sleep(1.5)
    handler.close_connection = True


def status(code, text="it broke"):
    return lambda handler: handler.answer(code, {"error": {"code": code, "message": text}})


def break_at_the_second_page(handler):
    status(500)(handler) if "marker" in handler.path else handler._ports()


BROKEN = {
    "keystone is away": ("/v3", drop, "its credentials"),
    "nova forbids": ("/compute/v2.1/servers/server-1", status(403), "may not read this"),
    "nova breaks": ("/compute/v2.1/servers/detail", status(500), "Nova's servers"),
    "one server breaks": ("/compute/v2.1/servers/server-2", status(500), "of server server-2"),
    "second page breaks": ("/network/v2.0/ports", break_at_the_second_page, "Neutron's ports"),
    "neutron refuses the token": ("/network/v2.0/ports", status(401), "are refused"),
    "neutron is busy": ("/network/v2.0/ports", status(503), "try again once it works"),
    "neutron hangs": ("/network/v2.0/ports", hang, "longer than api_timeout"),
    "answer is cut off": ("/network/v2.0/ports", cut_off, "Neutron's ports"),
    "answer is a page": (
        "/network/v2.0/ports",
        lambda handler: handler.answer(200, b"<html>\x1b[2JPlease log in</html>"),
        "Neutron's ports",
    ),
    "answer is something else": (
        "/network/v2.0/ports",
        lambda handler: handler.answer(200, {"networks": []}),
        "cannot be understood",
    ),
    "port without address": (
        "/network/v2.0/ports",
        lambda handler: handler.answer(
            200, {"ports": [{"id": "port-1", "device_id": "server-1", "fixed_ips": [{}]}]}
        ),
        "cannot be understood",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_half_an_answer_changes_nothing(cloud, store, run, tmp_path, case):
    path, happens, sentence = BROKEN[case]
    cloud.clouds_yaml(tmp_path, api_timeout=1)
    for number in (1, 2, 3):
        cloud.add(number, server=f"server-{number}")
    store.write([attach(1), attach(9)], [])
    cloud.broken[path] = happens
    failed = run("--fix", "--json", code=2)
    assert failed.stdout == ""
    assert failed.stderr.startswith("Error: cloud test: ")
    assert sentence in failed.stderr
    assert "\x1b" not in failed.stderr
    assert set(open_nics(store)) == {"port-1", "port-9"}


def test_cell_that_is_down_is_half_an_answer(cloud, store, run):
    cloud.add(1)
    # What Nova says of a server whose cell is down, from microversion 2.69 on.
    cloud.servers.append(
        {"id": "server-2", "tenant_id": "project-1", "status": "UNKNOWN", "links": []}
    )
    printed = run("--fix", code=2).stderr
    assert "a cell is down; it lacks the details of server-2" in printed
    assert open_nics(store) == {}


def test_wrong_password_is_reported_without_the_password(cloud, run, tmp_path):
    cloud.clouds_yaml(tmp_path, auth={"password": "not-the-password"})
    printed = run(code=2).stderr
    assert "the credentials in clouds.yaml are refused" in printed
    assert "not-the-password" not in printed
    assert PASSWORD not in printed


def test_password_that_keystone_repeats_is_not_shown(cloud, run, tmp_path):
    cloud.clouds_yaml(tmp_path, auth={"password": 987654321})
    cloud.broken["/v3/auth"] = status(400, "password: 987654321 is not of type 'string'")
    printed = run(code=2).stderr
    assert "password: *** is not of type" in printed
    assert "987654321" not in printed


@pytest.mark.parametrize(
    "name", ["zq$zq", "zq%41", "zq#/?@:", '"zq', "zqü日本", " zq ", "zq" * 500]
)
def test_password_with_odd_signs_is_refused_by_keystone_alone(cloud, run, tmp_path, name):
    cloud.clouds_yaml(tmp_path, auth={"password": name})
    printed = run(code=2).stderr
    assert "the credentials in clouds.yaml are refused" in printed
    assert "zq" not in printed


def test_password_in_the_url_of_keystone_is_not_shown(cloud, run, tmp_path, caplog):
    url = cloud.url.replace("://", "://admin:zqsecret@")
    cloud.clouds_yaml(tmp_path, auth={"auth_url": f"{url}/v3"})
    printed = run(code=2).stderr
    assert "auth_url has a user or password in it" in printed
    assert "zqsecret" not in printed + caplog.text


@pytest.mark.parametrize(
    "auth", ['{password: "zqsecret', "zqsecret", "{password: zqsecret: x}", "{password: @zqsecret}"]
)
def test_clouds_yaml_that_is_broken_shows_nothing_of_it(cloud, run, tmp_path, auth):
    (tmp_path / "clouds.yaml").write_text(f"clouds:\n  test:\n    auth: {auth}\n")
    assert "zqsecret" not in run(code=2).stderr


def test_project_that_nobody_knows_is_refused(cloud, store, run):
    cloud.add(1)
    store.write([attach(1)], [])
    printed = run("--project", "nonsense", code=2).stderr
    assert "cloud test has no server of project nonsense, and the ledger never had one" in printed
    assert "--project is empty" in run("--project", "", code=2).stderr


def test_project_that_has_no_server_left_is_compared(cloud, store, run):
    store.write([attach(1)], [])
    project = store.attachments(AttachmentQuery(), limit=1).items[0].project_id
    cloud.servers, cloud.ports = [], []
    cloud.add(2, project="another")
    assert "1 differ" in run("--project", project, code=1).stdout


def test_cloud_that_is_not_in_the_file(cloud, run):
    printed = run("--cloud", "other", code=2).stderr
    assert "cloud other: Cloud other was not found; check that clouds.yaml has it" in printed


def test_no_database(cloud, tmp_path):
    result = CliRunner().invoke(
        main, ["reconcile", "--cloud", "test", "--data-dir", str(tmp_path / "none")]
    )
    assert result.exit_code == 2
    assert "there is no database" in result.stderr
