import datetime as dt

import pytest

from vifcast import times
from vifcast.errors import InvalidValueError

NOON = dt.datetime(2026, 11, 3, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-03T12:00:00Z",
        "2026-11-03 12:00:00+00:00",
        "2026-11-03T13:00+01:00",
        "2026-11-03T13:00 01:00",
        " 2026-11-03T12:00Z ",
    ],
)
def test_time_with_a_zone_is_read(text):
    assert times.from_person(text) == NOON


@pytest.mark.parametrize(
    ("text", "ago"),
    [("90s", {"seconds": 90}), ("10m", {"minutes": 10}), ("2h", {"hours": 2}), ("7d", {"days": 7})],
)
def test_so_long_ago_is_read(text, ago):
    assert times.from_person(text, present=NOON) == NOON - dt.timedelta(**ago)


@pytest.mark.parametrize("text", ["2026-11-03T12:00:00", "2026-11-03"])
def test_time_without_a_zone_is_refused(text):
    with pytest.raises(InvalidValueError, match="has no time zone; add Z"):
        times.from_person(text)


@pytest.mark.parametrize(
    "text",
    ["", "noon", "2026-13-03T12:00Z", "10 parsecs", "9" * 30 + "w", "0001-01-01T00:00+09:00"],
)
def test_what_is_no_time_is_refused_in_words(text):
    with pytest.raises(InvalidValueError, match="is not a time"):
        times.from_person(text)


def test_text_is_iso_with_microseconds_and_z():
    assert times.to_text(NOON) == "2026-11-03T12:00:00.000000Z"
    assert times.to_text(None) is None


def test_zone_on_the_wire_is_respected():
    assert times.from_wire("2026-11-03T13:00:00+01:00") == NOON
    assert times.from_wire("2026-11-03 12:00:00") == NOON


def test_moment_is_shifted_no_further_than_to_the_ends_of_time():
    hour = dt.timedelta(hours=1)
    assert times.shifted(NOON, -hour) == NOON - hour
    assert times.shifted(times.BEGINNING, -hour) == times.BEGINNING
    assert times.shifted(times.END - hour / 2, hour) == times.END
