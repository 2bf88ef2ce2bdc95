from dataclasses import replace

import pytest
from release_table import Row, read, write

QUEENS = Row(
    "queens", "17.0.13", "2.7.18", "5.35.6", "eventlet: scenarios 40", "passed", "2026-11-22"
)
ZED = Row(
    "zed", "26.3.0", "3.11.2", "14.0.3", "eventlet: scenarios 41, flight 3", "passed", "2026-11-23"
)


def test_what_was_written_is_read_again() -> None:
    rows = {"queens": QUEENS, "zed": ZED}
    assert read(write(rows)) == rows


def test_rows_are_in_the_order_of_the_releases() -> None:
    page = write({"zed": ZED, "queens": QUEENS})
    assert page.index("| queens |") < page.index("| zed |")


def test_a_run_of_one_release_leaves_the_other_rows_as_they_are() -> None:
    page = write({"queens": QUEENS, "zed": ZED})
    again = replace(ZED, date="2026-12-01")
    assert write({**read(page), "zed": again}) == page.replace(ZED.date, again.date)


@pytest.mark.parametrize("result", ["**failed**: test_a.py::test_b[x|y]", "two\nlines", ""])
def test_no_text_of_a_cell_breaks_the_table(result: str) -> None:
    page = write({"queens": replace(QUEENS, result=result), "zed": ZED})
    kept = read(page)
    assert kept["zed"] == ZED
    assert kept["queens"].date == QUEENS.date


def test_a_page_without_the_table_has_no_rows() -> None:
    assert read("") == {}
    assert read("| queens | of England |\n") == {}


def test_every_line_of_the_table_has_as_many_columns() -> None:
    lines = [line for line in write({"zed": ZED}).splitlines() if line.startswith("|")]
    assert len(lines) == 3
    assert {line.count("|") for line in lines} == {8}
