"""The commands, asked of a database here and of the API of a running service."""

import csv
import io
import json
import re
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from host_reports import make_report
from ledger_events import T0, make_event, make_letter, make_sighting
from notifications import body as make_body
from vifcast import times
from vifcast.cli import main
from vifcast.model import DeadLetter, FixedIp, Nic, Source
from vifcast.token import Role, new_token

PORT = "966bbc6c-3dc7-4512-9d7a-97c83ff5b0e5"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("commands")


@pytest.fixture(scope="module")
def server(module_serve):
    server = module_serve("memory://", api__auth="token")
    about = {"operation_id": "one", "port_id": PORT, "fixed_ips": (FixedIp("192.0.2.7", 4),)}
    server.store.write(
        [
            make_event(phase="start", at_s=0, **about),
            make_event(phase="end", at_s=2.4, **about),
            make_event(
                phase="error", at_s=9, operation_id="two", error_class="PortInUse", action="detach",
                error_message="Port is\nin use [red]", notes=("odd",), instance_name="=1+1",
            ),
            make_event(phase="start", at_s=11, operation_id="three", port_id="port-3"),
            make_event(
                phase="end", at_s=12, operation_id="four", source=Source.HAND_PATCH, port_id=None,
                mac_address=None, fixed_ips=(), instance_id="instance-2",
            ),
            make_sighting(
                at_s=12.5, nics=(Nic(port_id="port-4", instance_id="instance-2"),),
            ),
        ],
        [
            DeadLetter(
                reason_code="not_json", reason="no JSON", routing_key="notifications.info",
                size=9, sha256="00", body="[?\x1b\nä".encode(), is_whole=True, received_at=T0,
            )
        ],
        [make_report(host="compute-1")],
    )  # fmt: skip
    return server


@pytest.fixture(scope="module")
def token_file(server, folder):
    token, text = new_token("test", Role.READER, None, times.now(), None)
    server.store.add_token(token)
    file = folder / "token"
    file.write_text(f"{text}\n")
    return str(file)


@pytest.fixture
def local(server):
    def run(*arguments, **environment):
        location = {"VIFCAST_DATA_DIR": str(server.store.location.path.parent)}
        return CliRunner().invoke(main, arguments, env=location | environment)

    return run


@pytest.fixture
def remote(server, token_file):
    def run(*arguments, **environment):
        api = {"VIFCAST_URL": server.url, "VIFCAST_TOKEN_FILE": token_file}
        return CliRunner().invoke(main, arguments, env=api | environment)

    return run


ASKED = [
    ("tail", "--no-follow"),
    ("tail", "--no-follow", "-n", "2"),
    ("tail", "--no-follow", "-n", "0"),
    ("tail", "--no-follow", "--since", "2026-11-22T12:00:05Z"),
    ("history", "--instance", "instance-1"),
    ("history", "--port", PORT),
    ("history", "--port", "port-4"),
    ("history", "--ip", "192.0.2.7", "--at", "2026-11-22T12:01:00Z"),
    ("history", "--host", "compute-1", "--at", "2026-11-22T12:01:00Z"),
    ("history", "--mac", "fa-16-3e-00-00-99"),
    ("operations",),
    ("operations", "--overdue"),
    ("operations", "--status", "failed", "--error-class", "PortInUse", "--action", "detach"),
    ("operations", "--limit", "1"),
    ("attachments",),
    ("attachments", "--open", "--network", "private"),
    ("attachments", "--closed"),
    ("attachments", "--at", "2026-11-22T12:01:00Z", "--host", "compute-1"),
    ("timeline", "--instance", "instance-1"),
    ("timeline", "--port", PORT, "--limit", "1"),
    ("stats", "--since", "2026-11-22T11:00Z", "--until", "2026-11-22T14:00Z"),
    ("stats", "--by", "host", "--interval", "hour", "--since", "2026-11-22T11:00Z",
     "--until", "2026-11-22T14:00Z"),
    ("stats",),
    ("hosts",),
    ("hosts", "--state", "silent"),
    ("hosts", "--host", "compute-9"),
    ("gaps",),
    ("gaps", "--open", "--host", "compute-1"),
    ("gaps", "--reason", "host_dropped"),
    ("subscription", "list"),
    ("deliveries", "list"),
    ("deliveries", "list", "--state", "dead", "--subscription", "x"),
    ("dead-letters", "list"),
    ("dead-letters", "list", "--reason", "odd"),
    ("dead-letters", "count"),
]  # fmt: skip


@pytest.mark.parametrize("form", [(), ("--json",), ("--csv",)])
@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_a_remote_answer_is_printed_as_a_local_one(local, remote, asked, form):
    here, there = local(*asked, *form), remote(*asked, *form)
    assert (here.exit_code, here.stderr) == (0, there.stderr)
    assert (there.exit_code, without_now(there.stdout)) == (0, without_now(here.stdout))
    if form == ("--csv",):
        header, *rows = csv.reader(io.StringIO(here.stdout))
        assert all(len(row) == len(header) for row in rows)
    elif form == ("--json",):
        for line in here.stdout.splitlines():
            json.loads(line)
    if form:
        assert "\x1b" not in here.stdout


def without_now(text):
    """A day's statistics until now, and what is silent now, differ from moment to moment."""
    return re.sub(r"202[67]-\d\d-\d\d(T|, | )(?!12:00)[\d:.]+", "then", text)


def test_one_dead_letter(local, remote):
    for form in ((), ("--json",)):
        here, there = (run("dead-letters", "show", "1", *form) for run in (local, remote))
        assert here.stdout == there.stdout
        assert here.exit_code == there.exit_code == 0
        assert "\\x1b" in here.stdout or "\\u001b" in here.stdout


def test_dead_letters_are_retried_and_purged_as_here(serve, tmp_path):
    """The same letters twice: of one database directly, of the other through its API."""
    letters = [
        make_letter(make_body(), sha256="a" * 64, reason_code="version_unknown"),
        make_letter(b"{", sha256="b" * 64, reason_code="not_json"),
        make_letter(b"?", sha256="c" * 64, reason_code="not_utf8", is_whole=False),
        make_letter(b"[", sha256="d" * 64, reason_code="not_json", region="north"),
    ]
    sides = []
    for name in ("here", "there"):
        server = serve("memory://", DEFAULT__data_dir=str(tmp_path / name))
        server.store.write([], letters)
        asked = {"VIFCAST_DATA_DIR": str(tmp_path / name)}
        sides.append(asked if name == "here" else {"VIFCAST_URL": server.url})
    for arguments, code, words in (
        (("retry", "2", "98", "99"), 3, "there is no dead letter 98, 99"),
        (("retry", "--reason", "none_such"), 0, "No dead letters with the reason none_such"),
        (("retry", "1", "2", "--json"), 1, '"outcome": "stored"'),
        (("retry", "1"), 3, "there is no dead letter 1"),
        (("retry", "--all", "--region", "north"), 1, "4  kept: "),
        (("retry", "--all"), 1, "2  kept: "),
        (("retry",), 2, "give either ids, or --reason, or --all"),
        (("purge",), 2, "give ids, --older-than"),
        (("purge", "--region", ""), 2, "give ids, --older-than"),
        (("purge", "--older-than", "soon"), 1, "'soon' is not a time"),
        (("purge", "2", "99"), 3, "there is no dead letter 99"),
        (("purge", "--older-than", "2026-11-01T00:00:00Z"), 0, "0 dead letters removed."),
        (("purge", "--reason", "not_json", "--region", "north"), 0, "1 dead letters removed."),
        (("purge", "2", "--older-than", "0s"), 0, "1 dead letters removed."),
        (("list", "--json"), 0, '"id": 3'),
    ):
        found = [CliRunner().invoke(main, ("dead-letters", *arguments), env=env) for env in sides]
        assert {each.exit_code for each in found} == {code}, (arguments, found[1].output)
        assert found[0].stdout == found[1].stdout
        assert found[0].stderr == found[1].stderr
        assert words in found[1].output


def test_only_an_admin_changes_dead_letters(server, remote, local):
    for arguments in (("retry", "1"), ("retry", "--all"), ("purge", "1")):
        found = remote("dead-letters", *arguments)
        assert (found.exit_code, found.stdout) == (4, "")
        rule = f"vifcast:dead_letter:{'retry' if arguments[0] == 'retry' else 'delete'}"
        assert rule in found.stderr
    assert local("dead-letters", "show", "1").exit_code == 0


def test_csv_is_that_of_the_api(local):
    printed = csv.DictReader(io.StringIO(local("operations", "--csv").stdout))
    by_id = {row["id"]: row for row in printed}
    assert by_id["one"]["fixed_ips"] == "192.0.2.7"
    assert by_id["two"]["instance_name"] == "'=1+1"
    assert by_id["two"]["error_message"] == "Port is\\nin use [red]"


@pytest.mark.parametrize("run", ["local", "remote"])
def test_exit_codes(request, run):
    run = request.getfixturevalue(run)
    for arguments, code, why in (
        (("hosts",), 0, ""),
        (("operations", "--since", "soon"), 1, "'soon' is not a time"),
        (("operations", "--nope"), 2, "No such option"),
        (("operations", "--json", "--csv"), 2, "give one of them"),
        (("operations", "--overdue", "--status", "failed"), 2, "give one of them"),
        (("attachments", "--open", "--closed"), 2, "--open and --closed: give one of them"),
        (("timeline",), 2, "give either --instance or --port"),
        (("timeline", "--port", "nope"), 3, "nothing is known of port 'nope'"),
        (("dead-letters", "show", "99"), 3, "there is no dead letter 99"),
    ):
        result = run(*arguments)
        assert result.exit_code == code, (arguments, result.output)
        assert why in result.stderr
        assert code == 0 or result.stdout == ""


def test_no_access_is_an_exit_code_of_its_own(server, remote, folder):
    assert remote("hosts", VIFCAST_TOKEN_FILE="").exit_code == 4
    token, text = new_token("tenant", Role.READER, "project-1", times.now(), None)
    server.store.add_token(token)
    found = remote("hosts", VIFCAST_TOKEN_FILE="", VIFCAST_TOKEN=text)
    assert (found.exit_code, found.stdout) == (4, "")
    assert "vifcast:host:list" in found.stderr
    for command in (
        ("attachments",),
        ("operations",),
        ("tail", "--no-follow"),
        ("stats",),
        ("timeline", "--instance", "instance-1"),
        ("history", "--instance", "instance-1"),
    ):
        for form in ((), ("--json",), ("--csv",)):
            if form == ("--csv",) and command[0] == "history":
                continue
            found = remote(*command, *form, VIFCAST_TOKEN_FILE="", VIFCAST_TOKEN=text)
            assert found.exit_code == 0, (command, form, found.output)
            assert "compute-1" not in found.stdout, (command, form)


def test_where_it_asks(server, local, remote, folder):
    other = str(folder / "elsewhere")
    both = remote("hosts", "--data-dir", other, "--url", server.url)
    assert (both.exit_code, "leave out one of them" in both.stderr) == (2, True)
    # What is typed counts for more than the environment.
    typed = remote("hosts", "--data-dir", other)
    assert (typed.exit_code, other in typed.stderr) == (1, True)
    assert local("hosts", "--url", "http://127.0.0.1:1").exit_code == 1
    assert local("hosts", OS_CLOUD="prod", OS_AUTH_URL="http://127.0.0.1:1").exit_code == 0
    found = remote("hosts", "--url", server.url, VIFCAST_OS_CLOUD="nowhere")
    assert found.exit_code == 0, found.stderr
    cloud = local("hosts", "--os-cloud", "nowhere", OS_CLIENT_CONFIG_FILE=str(folder / "none.yaml"))
    assert (cloud.exit_code, "cloud nowhere cannot be used" in cloud.stderr) == (1, True)


def test_token_comes_from_a_file_a_variable_or_standard_input(server, local, token_file, folder):
    asked = ("hosts", "--url", server.url)
    text = Path(token_file).read_text()
    assert local(*asked, "--token-file", token_file).exit_code == 0
    assert local(*asked, VIFCAST_TOKEN=text.strip()).exit_code == 0
    piped = CliRunner().invoke(main, [*asked, "--token-file", "-"], input=text)
    assert piped.exit_code == 0
    missing = local(*asked, "--token-file", str(folder / "missing"))
    assert (missing.exit_code, "No such file" in missing.stderr) == (1, True)
    assert local("hosts", "--token-file", token_file).exit_code == 2


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("wrong", "is not the address of the API"),
        ("ui/", "is this the address of its API, with the right port and prefix?"),
        ("v1/events", "is not the address of the API"),
    ],
)
def test_address_with_another_path_is_not_the_api(local, token_file, server, path, why):
    given = ("--url", f"{server.url}{path}", "--token-file", token_file)
    for command in ("operations", "hosts"):
        found = local(command, *given)
        assert found.exit_code == 1, found.stderr
        assert f"{server.url}{path.rstrip('/')} " in found.stderr
        assert why in found.stderr


def test_without_a_token_it_names_what_the_command_takes(local, server):
    found = local("operations", "--url", server.url)
    assert found.exit_code == 4, found.stderr
    assert "set VIFCAST_TOKEN, or give --token-file" in found.stderr
    assert "Authorization" not in found.stderr


def test_address_without_tls_of_a_server_with_it(serve, local, authority):
    cert, key = map(str, authority.certificate_for("IP:127.0.0.1"))
    server = serve("memory://", api__ssl_cert_file=cert, api__ssl_key_file=key)
    found = local("operations", "--url", server.url.replace("https", "http"))
    assert found.exit_code == 1
    assert "if it has TLS, its address begins with https://" in found.stderr


def test_unencrypted_token_is_warned_of(local):
    found = local(
        "hosts", "--url", "http://vifcast.invalid", "--timeout", "2", VIFCAST_TOKEN="vfc_1_a"
    )
    assert found.stderr.startswith("Warning: the token travels unencrypted")
    assert found.exit_code == 1


def test_tail_goes_on_when_the_api_comes_back(serve, vifcast, until):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    server = serve("memory://", api__listen=listen)
    server.store.write([make_event(operation_id="first")], [])
    process = vifcast("tail", "--json", VIFCAST_URL=server.url)
    until(lambda: process.out, timeout_s=60)
    server.stop()
    # It refuses connections, or, while it stops, a stream.
    until(lambda: "Waiting: " in process.errors, timeout_s=60)
    server = serve("memory://", api__listen=listen)
    server.store.write([make_event(operation_id="second", at_s=60)], [])
    until(lambda: len(process.out) == 2, timeout_s=60)
    shown = [json.loads(line)["operation_id"] for line in process.out]
    assert shown == ["first", "second"]
    assert process.errors.endswith("It answers again.\n")
    assert process.errors.count("\n") == 2
