import datetime as dt

import pytest

from vifcast.errors import InvalidValueError
from vifcast.store.queries import read_cursor, write_cursor

NOON = dt.datetime(2026, 11, 3, 12, 0, 0, 5, tzinfo=dt.UTC)


def test_cursor_comes_back_as_it_was():
    assert read_cursor(write_cursor(NOON, "port", 3), dt.datetime, str, int) == [NOON, "port", 3]


@pytest.mark.parametrize(
    "cursor", ["x", "?", "ä", "AAAA", write_cursor("text"), write_cursor(1, 2), write_cursor(True)]
)
def test_foreign_cursor_is_refused(cursor):
    with pytest.raises(InvalidValueError, match="is not a cursor; pass next_cursor"):
        read_cursor(cursor, int)
