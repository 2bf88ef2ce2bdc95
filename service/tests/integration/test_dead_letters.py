"""Dead letters: shown without harm, read again, counted, removed."""

import json

import pytest
from click.testing import CliRunner

from database_fixtures import EVERY_DATABASE
from ledger_events import T0, make_letter
from notifications import CATALOG_URL, TOKEN, body
from vifcast import times
from vifcast.cli import main
from vifcast.errors import NotificationError
from vifcast.ingest.dead_letter_retry import retry
from vifcast.notification.interpret import dead_letter
from vifcast.retried import Outcome
from vifcast.store import DeadLetterQuery, EventQuery, purge_dead_letters
from vifcast.store.tables.finality import raise_horizon

MIB = 1024 * 1024
REFUSED = NotificationError("unknown_interface_version", "version 2.0 of the interface")


def letter_of(raw, *, keep_bytes=MIB, error=REFUSED, received_at=T0):
    return dead_letter(raw, error, "notifications.info", received_at, keep_bytes)


def letters(store, **query):
    return store.dead_letters(DeadLetterQuery(**query)).items


@pytest.fixture
def run(tmp_path, store):
    def command(*arguments, code=0, config=""):
        file = tmp_path / "vifcast.conf"
        file.write_text(config)
        result = CliRunner().invoke(
            main,
            ["dead-letters", *arguments, "--data-dir", str(tmp_path), "--config-file", str(file)],
        )
        assert result.exit_code == code, result.output
        return result.output

    return command


@EVERY_DATABASE
def test_letter_that_is_understood_now_is_stored_as_if_it_had_come_then(store):
    store.write([], [letter_of(body(event_type="compute.instance.interface_attach.end"))])
    (retried,) = retry(store, letters(store), MIB)
    assert retried.outcome is Outcome.STORED
    (event,) = store.events(EventQuery()).items
    assert (event.received_at, event.phase) == (T0, "end")
    assert letters(store) == []


def test_secrets_were_blanked_and_the_rest_can_still_be_read(store):
    raw = body()
    assert TOKEN.encode() in raw
    store.write([], [letter_of(raw)])
    (letter,) = letters(store)
    assert letter.is_whole
    assert TOKEN.encode() not in letter.body
    assert [each.outcome for each in retry(store, [letter], MIB)] == [Outcome.STORED]
    (event,) = store.events(EventQuery()).items
    assert event.request_id.startswith("req-f0baab5d")
    assert CATALOG_URL not in event.payload


def test_letter_from_before_the_horizon_is_kept_and_says_so(store):
    store.write([], [letter_of(body(timestamp="2026-11-21 12:00:00"))])
    with store.writing() as connection:
        raise_horizon(connection, T0)
    (retried,) = retry(store, letters(store), MIB)
    assert retried.outcome is Outcome.KEPT
    assert "is from 2026-11-21 12:00:00, and events from before 2026-11-22 12:00:00" in retried.why
    assert store.events(EventQuery()).items == []
    assert len(letters(store)) == 1


def test_second_try_finds_the_message_known(store):
    store.write([], [letter_of(body())])
    found = letters(store)
    # Stopped between the two: what was stored stays, and the letter is there still.
    retry(store, found, MIB)
    store.write([], found)
    assert [each.outcome for each in retry(store, letters(store), MIB)] == [Outcome.KNOWN]
    assert len(store.events(EventQuery()).items) == 1
    assert letters(store) == []


def test_two_letters_of_one_message_make_one_event(store):
    # The same message, in other bytes.
    raw = body()
    store.write([], [letter_of(raw), letter_of(raw + b" ")])
    outcomes = [each.outcome for each in retry(store, letters(store), MIB)]
    assert sorted(outcomes) == [Outcome.KNOWN, Outcome.STORED]
    assert len(store.events(EventQuery()).items) == 1


def test_what_cannot_be_understood_is_kept_with_the_reason(store):
    store.write([], [letter_of(b"{"), letter_of(body(), keep_bytes=100)])
    reasons = {each.why for each in retry(store, letters(store), MIB)}
    assert {each.outcome for each in retry(store, letters(store), MIB)} == {Outcome.KEPT}
    assert f"only 100 of its {len(body())} bytes were kept" in reasons
    assert any("JSON" in why for why in reasons)
    assert len(letters(store)) == 2


def test_letter_about_something_else_is_removed(store):
    store.write([], [letter_of(body(event_type="compute.instance.update"))])
    assert [each.outcome for each in retry(store, letters(store), MIB)] == [Outcome.PASSED_OVER]
    assert letters(store) == []


def test_command_retries_by_id_by_reason_or_all(store, run):
    too_large = NotificationError("too_large", "the body has too many bytes")
    raw = body()
    store.write([], [letter_of(raw), letter_of(b"{"), letter_of(raw + b" ", error=too_large)])
    assert "give either ids, or --reason, or --all" in run("retry", code=2)
    assert "there is no dead letter 99" in run("retry", "99", code=3)
    assert run("retry", "1") == "     1  stored\n"
    small = "[ingest]\nmax_body_bytes = 1024\n"
    assert "max_body_bytes is 1024" in run("retry", "--reason", "too_large", config=small, code=1)
    (kept, known) = sorted(run("retry", "--all", code=1).splitlines())
    assert kept.startswith("     2  kept: the body is not JSON")
    assert known == "     3  removed: its message had been stored already"
    again = json.loads(run("retry", "--all", "--json", code=1))
    assert (again["id"], again["outcome"]) == (2, "kept")


@EVERY_DATABASE
def test_letters_are_counted_and_removed_by_reason_and_age(store):
    ages = {"a": T0, "b": T0, "c": times.now()}
    store.write(
        [],
        [
            make_letter(f"{name}{n}".encode(), reason_code=f"reason_{name}", received_at=at)
            for name, at in ages.items()
            for n in range(1 if name == "a" else 5)
        ],
    )
    assert store.dead_letters_by_reason() == {"reason_b": 5, "reason_c": 5, "reason_a": 1}
    assert len(letters(store, reason_code="reason_b")) == 5
    query = DeadLetterQuery(reason_code="reason_c", received_before=T0 + (times.now() - T0) / 2)
    assert purge_dead_letters(store, query, pause=lambda _: False) == 0
    query = DeadLetterQuery(reason_code="reason_b")
    assert purge_dead_letters(store, query, batch=2, pause=lambda _: False) == 5
    assert store.dead_letters_by_reason() == {"reason_c": 5, "reason_a": 1}


def test_command_lists_counts_and_purges(store, run):
    store.write([], [make_letter(b"1"), make_letter(b"2", reason_code="not_utf8")])
    assert "not_utf8: no" in run("list", "--reason", "not_utf8")
    assert len(run("list", "--json", "--reason", "not_json").splitlines()) == 1
    assert run("count") == "       1  not_json\n       1  not_utf8\n"
    assert json.loads(run("count", "--json")) == {"not_json": 1, "not_utf8": 1}
    assert "give ids, --older-than, --reason or --region" in run("purge", code=2)
    assert run("purge", "--reason", "not_utf8") == "1 dead letters removed.\n"
    assert run("purge", "1", "--older-than", "2026-01-01T00:00Z") == "0 dead letters removed.\n"
    assert run("purge", "1") == "1 dead letters removed.\n"
    assert run("count") == run("list") == "No dead letters.\n"
    assert "with the reason not_jsn;" in run("list", "--reason", "not_jsn")


def test_body_cannot_steer_the_terminal(store, run):
    evil = b"\x1b]0;owned\x07\x1b[2J\x9b2J\r\xe2\x80\xaegnp\xff\n\x00ok"
    store.write([], [make_letter(evil, routing_key="\x1b[31m", reason="\x1b[2Jno\nyes")])
    shown = run("show", "1")
    assert "\\x1b]0;owned\\x07\\x1b[2J\\x9b2J\\r\\u202egnp\\xff\n\\x00ok" in shown
    assert all(each.isprintable() or each == "\n" for each in shown + run("list"))
    assert len(run("list").splitlines()) == 1
    assert json.loads(run("show", "1", "--json"))["reason"] == "\x1b[2Jno\nyes"
    assert "\x1b" not in run("show", "1", "--json")
