"""docs/nova-tests.md names the plug-in's test files, and which of them run where."""

import re

from places import REPOSITORY
from plan import BEYOND_BEHAVIOUR, BREAKING, KILLS, LONG, PLUGIN

PAGE = (REPOSITORY / "docs" / "nova-tests.md").read_text()


def named_in(text: str) -> list[str]:
    """The test files that a part of the page names, in alphabetical order."""
    return sorted(re.findall(r"`(test_\w+\.py)`", text))


def between(start: str, end: str) -> str:
    """What the page says between these words, whatever its line breaks."""
    return " ".join(PAGE.split()).split(start)[1].split(end)[0]


def test_table_has_every_test_file_once() -> None:
    files = sorted(path.name for path in (REPOSITORY / PLUGIN).glob("test_*.py"))
    rows = PAGE.split("| file in `nova-plugin/tests` |")[1].split("\n\n")[0].splitlines()
    assert named_in("\n".join(row.split(" | ")[0] for row in rows)) == files


def test_behaviour_suite_leaves_out_what_the_page_says() -> None:
    assert named_in(between("The behaviour suite is every file but", ";")) == sorted(
        (*BEYOND_BEHAVIOUR, KILLS)
    )


def test_make_releases_leaves_out_what_the_page_says() -> None:
    assert named_in(between("`make releases` also leaves out", ":")) == sorted(LONG)


def test_zed_leaves_out_what_the_page_says() -> None:
    (row,) = (line for line in PAGE.splitlines() if "| 26.3.0 (Zed)" in line)
    assert named_in(row) == [BREAKING]
