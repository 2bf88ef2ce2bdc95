"""``vifcast replay`` and what else sends once more, on a database here and over the API."""

import json

import pytest
from click.testing import CliRunner
from receiver import Receiver

from ledger_events import attach_or_detach
from vifcast.cli import main


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def run(asked):
    """``vifcast …``, asked of the database or of the API; what it prints."""

    def invoke(*arguments, code=0):
        found = CliRunner().invoke(main, arguments, env=asked)
        assert found.exit_code == code, found.output
        return found.stdout

    return invoke


def test_past_is_replayed_and_single_deliveries_are_sent_once_more(
    delivering, run, receiver, until
):
    delivering.store.write(attach_or_detach(1), [])
    made = json.loads(run("subscription", "create", receiver.url, "--json"))
    done = json.loads(
        run("replay", "start", made["id"], "--since", "2026-11-20T00:00Z", "--wait", "--json")
    )
    assert (done["state"], done["delivered"], len(receiver.received)) == ("done", 3, 3)
    number = str(done["id"])
    assert json.loads(run("replay", "show", number, "--json")) == done
    assert run("replay", "list", made["id"]) == run("replay", "show", number)
    assert "delivered 3" in run("replay", "show", number)
    listed = run("deliveries", "list", "--json").splitlines()
    (newest, *_) = map(json.loads, listed)
    assert run("deliveries", "redeliver", str(newest["id"])) == f"Sent once more: {newest['id']}.\n"
    until(lambda: len(receiver.received) == 4, 60)
    ids = [each.headers["webhook-id"] for each in receiver.received]
    assert len(set(ids)) == 3
    assert run("subscription", "recover", made["id"], "--since", "1h") == (
        "Deliveries sent once more: 0.\n"
    )
    assert json.loads(run("replay", "cancel", number, "--json"))["state"] == "done"


def test_what_is_not_there_is_said(run):
    run("replay", "show", "99", code=3)
    run("replay", "cancel", "99", code=3)
    run("replay", "start", "x", "--since", "1h", code=3)
    run("deliveries", "redeliver", "99", code=3)
    run("subscription", "recover", "x", "--since", "1h", code=3)


def test_waiting_for_a_replay_prints_how_far_it_is_and_what_fails(
    delivering, asked, vifcast, run, receiver, until
):
    delivering.store.write(attach_or_detach(1), [])
    receiver.status = 500
    its = json.loads(run("subscription", "create", receiver.url, "--json"))["id"]
    waiting = vifcast(
        "replay", "start", its, "--since", "2026-11-20T00:00Z", "--wait", "--json", **asked
    )
    # While it waits: the receiver is put right only once this is printed.
    until(lambda: "the receiver answers 500" in waiting.errors, 60)
    until(lambda: "running; scheduled 3, waiting 3, delivered 0" in waiting.errors, 60)
    assert waiting.process.poll() is None
    run("subscription", "pause", its)
    until(lambda: f"Subscription {its} is paused" in waiting.errors, 60)
    receiver.status = 204
    run("subscription", "resume", its)
    assert waiting.wait(60) == 0
    assert waiting.errors.count("the receiver answers 500") <= 3
    (done,) = map(json.loads, waiting.out)
    assert (done["state"], done["delivered"]) == ("done", 3)
