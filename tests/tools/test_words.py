"""Docs and sources name the act: sends, records, reports, lists."""

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

# All docs; messages, docstrings, comments and names of both distributions.
CHECKED = (
    "*.md",
    "docs",
    "contract/*.json",
    "releasenotes",
    "demo",
    "bench",
    "service/src",
    "nova-plugin/vifcast_nova",
)
TEXT = {".md", ".py", ".json", ".yaml", ".toml", ".html", ".js", ".svg", ".txt"}
# Not a part of another word, but a part of a name with underscores: _told_at.
BANNED = re.compile(r"(?<![a-z])(?:tell|tells|telling|told|untold)(?![a-z])", re.IGNORECASE)


def checked_files() -> list[Path]:
    """The text files of CHECKED that are ours."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *CHECKED],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    names = (Path(name) for name in listed.stdout.split("\0") if name)
    return [
        REPOSITORY / name
        for name in names
        if name.suffix in TEXT and ".min." not in name.name and (REPOSITORY / name).is_file()
    ]


def banned_in(text: str) -> list[str]:
    """Line and word of each banned word."""
    return [
        f"line {number}: {match[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        for match in BANNED.finditer(line)
    ]


def test_docs_and_sources_name_the_act() -> None:
    files = checked_files()
    assert len(files) > 200
    found = {
        str(path.relative_to(REPOSITORY)): places
        for path in files
        if (places := banned_in(path.read_text("utf-8")))
    }
    assert not found, "name the act instead (sends, records, reports, lists, returns)"


@pytest.mark.parametrize("line", ["It tells the CMP.", "self._told_at = 0", "Told once", "_tell()"])
def test_banned_word_is_found(line: str) -> None:
    assert len(banned_in(f"fine\n{line}\n")) == 1


@pytest.mark.parametrize("line", ["retold stories", "Intellect", "satellites", "it records them"])
def test_other_words_are_fine(line: str) -> None:
    assert banned_in(line) == []
