"""The table of docs/releases.md: read, brought up to date, written again."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass

from releases import RELEASES

HEAD = """\
# Releases of Nova that the plug-in is proven on

Written by `make releases`, which makes an environment for each release (an unmodified
Nova, pinned in `locks/nova-<release>.txt`, its dependencies by that release's own upper
constraints) and runs the behaviour suite of `nova-plugin/tests` in it, on a real
RabbitMQ, in all three notification formats. [What the tests check](nova-tests.md).

    make releases                          # all of them
    make releases RELEASES="queens zed"    # some; the other rows stay as they are

The numbers are tests that passed, by test file.

"""
COLUMNS = ("release", "Nova", "Python", "oslo.messaging", "what was checked", "result", "date")


@dataclass(frozen=True)
class Row:
    """What is known of one release, in the order of the columns; all as it is shown."""

    release: str
    nova: str
    python: str
    oslo_messaging: str
    checked: str
    result: str
    date: str


def read(text: str) -> dict[str, Row]:
    """The rows of docs/releases.md by release; {} for a page without the table."""
    rows = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == len(COLUMNS) and cells[0] in {release.name for release in RELEASES}:
            rows[cells[0]] = Row(*cells)
    return rows


def write(rows: Mapping[str, Row]) -> str:
    """The whole page with ``rows``, oldest release first."""
    lines = [_line(COLUMNS), "|" + "---|" * len(COLUMNS)]
    lines += [_line(astuple(rows[r.name])) for r in RELEASES if r.name in rows]
    return HEAD + "\n".join(lines) + "\n"


def _line(cells: tuple[str, ...]) -> str:
    # A bar or a line break in a cell, of a test's name or an error, would end it.
    return "| " + " | ".join(" ".join(cell.replace("|", "/").split()) for cell in cells) + " |"
