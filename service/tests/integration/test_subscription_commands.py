"""``vifcast subscription`` and ``vifcast deliveries``, on a database here and over the API."""

import csv
import io
import json
import re

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from receiver import Receiver

from ledger_events import attach_or_detach
from vifcast.cli import main


@pytest.fixture
def receiver():
    with Receiver(status=200, answer=b"thanks") as receiver:
        yield receiver


@pytest.fixture
def run(asked):
    """``vifcast …``, asked of the database or of the API."""

    def invoke(*arguments, input=None):  # noqa: A002 (click's name)
        found = CliRunner().invoke(main, arguments, env=asked, input=input)
        assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
        return found

    return invoke


def create(run, receiver, *options):
    made = run("subscription", "create", receiver.url, *options, "--json")
    assert made.exit_code == 0, made.output
    return json.loads(made.stdout)


def test_secret_is_printed_once_and_said_to_be(run, receiver):
    made = run("subscription", "create", receiver.url, "--filter", "outcome=failed")
    assert made.exit_code == 0
    assert re.fullmatch(r"whsec_\S+\n", made.stdout)
    assert "not shown again" in made.stderr
    (subscription_id,) = re.findall(r"[0-9a-f-]{36}", made.stderr.split("sends")[0])
    for command in ("show", "list"):
        arguments = [subscription_id] if command == "show" else []
        for form in ([], ["--json"]):
            shown = run("subscription", command, *arguments, *form)
            assert shown.exit_code == 0
            assert "outcome=failed" in shown.stdout
            assert "whsec_" not in shown.stdout


def test_public_key_is_printed_of_ed25519(run, receiver):
    made = run("subscription", "create", receiver.url, "--signing", "v1a")
    assert re.fullmatch(r"whpk_\S+\n", made.stdout)
    assert "verifies with this public key" in made.stderr


def test_subscription_is_changed_paused_resumed_and_deleted(run, receiver, tmp_path):
    made = create(run, receiver, "--rate", "5", "--description", "one")
    its = made["id"]
    headers = tmp_path / "headers"
    headers.write_text("X-Api-Key: s3cr3t\n\nX-Other:  2 \n")
    changed = run("subscription", "update", its, "--rate", "none", "--headers-file", str(headers),
                  "--filter", "action=attach", "--json")  # fmt: skip
    assert changed.exit_code == 0, changed.output
    found = json.loads(changed.stdout)
    assert (found["rate_per_s"], found["filter"], found["description"]) == (
        None, "action=attach", "one",
    )  # fmt: skip
    assert found["header_names"] == ["X-Api-Key", "X-Other"]
    late = run("subscription", "update", its, "--filter", "", "--revision", str(made["revision"]))
    assert late.exit_code == 1
    assert "somebody changed it" in late.stderr
    removed = run("subscription", "update", its, "--headers-file", "none", "--to",
                  f"{receiver.url}/new", "--json")  # fmt: skip
    assert json.loads(removed.stdout)["header_names"] == []
    assert json.loads(removed.stdout)["url"] == f"{receiver.url}/new"
    assert "is paused" in run("subscription", "pause", its).stdout
    assert "paused" in run("subscription", "list").stdout
    assert "is active" in run("subscription", "resume", its).stdout
    assert run("subscription", "delete", its).exit_code == 0
    gone = run("subscription", "show", its)
    assert gone.exit_code == 3
    assert "there is no subscription" in gone.stderr
    assert run("subscription", "list").stdout == "No subscriptions.\n"


def test_test_shows_request_and_answer(run, receiver):
    its = create(run, receiver)["id"]
    tested = run("subscription", "test", its)
    assert tested.exit_code == 0
    assert f"POST {receiver.url}" in tested.stdout
    assert "webhook-signature: v1," in tested.stdout
    assert tested.stdout.splitlines()[-2:] == ["thanks", "Delivered."]
    receiver.status = 503
    tested = run("subscription", "test", its)
    assert tested.exit_code == 1
    assert "Not delivered: " in tested.stdout
    as_json = run("subscription", "test", its, "--json")
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["status_code"] == 503


def test_secret_is_rotated(run, receiver):
    made = create(run, receiver)
    rotated = run("subscription", "rotate-secret", made["id"], "--overlap-s", "60")
    assert re.fullmatch(r"whsec_\S+\n", rotated.stdout)
    assert rotated.stdout.strip() != made["secret"]
    shown = json.loads(run("subscription", "show", made["id"], "--json").stdout)
    assert len(shown["signing"]) == 2


def test_deliveries_are_listed_and_shown_with_their_attempts(delivering, run, receiver, until):
    its = create(run, receiver, "--format", "plain")["id"]
    delivering.store.write(attach_or_detach(1, at_s=5), [])

    def delivered():
        found = run("deliveries", "list", "--subscription", its, "--state", "delivered", "--json")
        assert found.exit_code == 0, found.output
        return [json.loads(line) for line in found.stdout.splitlines()]

    until(lambda: len(delivered()) >= 3, 60)
    newest = delivered()[0]
    listed = run("deliveries", "list")
    assert f"{newest['type']}" in listed.stdout
    rows = list(csv.DictReader(io.StringIO(run("deliveries", "list", "--csv").stdout)))
    assert [int(row["id"]) for row in rows] == [each["id"] for each in delivered()]
    by_message = run("deliveries", "list", "--message", newest["message_id"], "--json")
    assert json.loads(by_message.stdout) == newest
    assert run("deliveries", "list", "--until", "1h").stdout == "No such deliveries.\n"
    shown = run("deliveries", "show", str(newest["id"]))
    assert "attempt 1" in shown.stdout
    assert "delivered: 200" in shown.stdout
    as_json = json.loads(run("deliveries", "show", str(newest["id"]), "--json").stdout)
    assert [each["number"] for each in as_json["attempted"]] == [1]
    assert run("deliveries", "show", "99999").exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("https://user:s3cr3t@h/",), 1, "has a user or a password in it"),
        (("http://10.0.0.5/",), 1, "allowed_networks"),
        (("https://h/", "--filter", "colour=red"), 1, "unknown field 'colour'"),
        (("https://h/", "--rate", "fast"), 1, "'fast' is no number"),
        (("https://h/", "--oauth2-client-id", "x"), 2, "give all three"),
        (("https://h/", "--headers-file", "/nope"), 1, "cannot be read"),
        (("https://h/", "--setting", "exchange"), 1, "write NAME=VALUE"),
        (("https://h/", "--client-key", "/nope"), 1, "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused(run, arguments, code, why):
    refused = run("subscription", "create", *arguments)
    assert refused.exit_code == code
    assert why in refused.stderr
    assert "s3cr3t" not in refused.stderr
    assert run("subscription", "list").stdout == "No subscriptions.\n"


def test_url_of_a_broker_is_read_from_standard_input(run):
    made = run("subscription", "create", "-", "--target", "amqp", "--setting", "exchange=cmp",
               "--json", input="amqps://user:s3cr3t@rabbit.example.org/cmp\n")  # fmt: skip
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["url"] == "amqps://user@rabbit.example.org/cmp"
    assert "s3cr3t" not in made.output


def test_keys_are_rotated(delivering, config, run, receiver, tmp_path):
    its = create(run, receiver)["id"]
    old = (tmp_path / "delivery.key").read_text().strip()
    made = CliRunner().invoke(main, ["subscription", "key"])
    new = made.stdout.strip()
    assert Fernet(new)
    for keys, code in ((f"{new},{old}", 0), (new, 0), (Fernet.generate_key().decode(), 1)):
        other = tmp_path / "other.conf"
        other.write_text(f"{config.read_text()}encryption_keys = {keys}\n")
        rotate = ["subscription", "rotate-keys", "--config-file", str(other)]
        done = CliRunner().invoke(main, rotate)
        assert done.exit_code == code, done.output
    assert f"Subscription {its}: no key decrypts its secrets" in done.stderr
