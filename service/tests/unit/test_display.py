import datetime as dt

import pytest

from vifcast import display

NOON = dt.datetime(2026, 11, 3, 12, 0, 1, 5000, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [(None, ""), (0, "0 ms"), (840, "840 ms"), (2449, "2.4 s"), (185_000, "3 min 5 s")],
)
def test_duration_in_the_unit_that_fits(duration_ms, text):
    assert display.duration(duration_ms) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (7199, "1 h"), (2 * 86400, "2 d")],
)
def test_age_in_the_unit_that_fits(seconds, text):
    assert display.age(seconds) == text


def test_moments():
    assert display.clock(NOON) == "12:00:01.005"
    assert display.day(NOON) == "2026-11-03"
    assert display.moment(NOON) == "2026-11-03 12:00:01"
    assert display.moment(None) == display.iso(None) == ""


def test_only_uuids_are_shortened():
    assert display.short("966bbc6c-3dc7-4512-9d7a-97c83ff5b0e5") == "966bbc6c"
    assert display.short("a-name-that-is-no-uuid-but-as-long-as") == (
        "a-name-that-is-no-uuid-but-as-long-as"
    )
    assert display.short(None) == ""


@pytest.mark.parametrize(
    ("error_class", "message", "text"),
    [
        ("PortInUse", "Port 1 is still\n in use.", "PortInUse: Port 1 is still in use."),
        # Nova puts the class in the place of a message that is not its own.
        ("RuntimeError", "RuntimeError", "RuntimeError"),
        (None, "it broke", "it broke"),
        ("RuntimeError", None, "RuntimeError"),
        (None, None, "failed"),
    ],
)
def test_failure_on_one_line(error_class, message, text):
    assert display.failure(error_class, message) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("compute-1", "compute-1"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x1b[2J\x9b\0", r"\x1b[2J\x9b\x00"),
        ("a\u2028b\u202ec", r"a\u2028b\u202ec"),
        ("K\u00f6ln \U0001f600", "K\u00f6ln \U0001f600"),
    ],
)
def test_no_character_commands_the_terminal(text, shown):
    assert display.visible(text) == shown
