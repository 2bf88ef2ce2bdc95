import csv
import io

import pytest

from vifcast.api.csv_list import _prefers_csv, to_csv

ADDRESS = {"ip_address": "192.0.2.7", "version": 4, "subnet_cidr": None}


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (7, "7"),
        (-7, "-7"),
        (True, "true"),
        ("vm-1", "vm-1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ('a,"b"\nc', 'a,"b"\nc'),
        ([ADDRESS, ADDRESS], "192.0.2.7 192.0.2.7"),
        ([], ""),
        ([{"host": "one", "since_at": None}], '[{"host": "one", "since_at": null}]'),
        ({"a": "ü"}, '{"a": "ü"}'),
    ],
)  # fmt: skip
def test_cell(value, cell):
    text = to_csv([{"other": 1, "name": value}], ["name", "lacking"])
    assert text.startswith("name,lacking\r\n")
    assert text.endswith("\r\n")
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [cell, ""]


@pytest.mark.parametrize(
    ("accept", "is_csv"),
    [
        ("text/csv", True),
        ("Text/CSV; header=present", True),
        ("text/csv, */*;q=0.1", True),
        ("text/csv, application/json", True),
        ("application/json, text/csv", False),
        ("application/json;q=0.5, text/csv", True),
        ("application/json, text/csv;q=0.5", False),
        ("text/csv;q=0", False),
        ("text/csv;q=much", False),
        ("*/*", False),
    ],
)
def test_csv_is_sent_to_who_prefers_it(accept, is_csv):
    assert _prefers_csv(accept.lower()) == is_csv
