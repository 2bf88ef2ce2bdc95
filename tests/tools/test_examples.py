"""The examples of ``vifcast doctor`` and ``vifcast-nova check`` in the docs are what these print.

Each line of an example has to match a text of the program, with anything in the place of its
values: a message that is changed without the page fails here.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PROGRAMS = {
    "docs/doctor.md": "service/src/vifcast",
    "docs/check.md": "nova-plugin/vifcast_nova",
}
# Of f-strings nothing is left of a value but this; of the others what formats it.
VALUE = "\0"
FORMATTED = re.compile(r"%(?:\(\w+\))?(?:\.\d+)?[sdrg]|\{[a-z_]*\}|\0")
# A text with fewer letters, such as "{}: {}.", would match everything.
MIN_LETTERS = 7

LINE = re.compile(
    r"^    (?:(?:OK|WARN|FAIL) +[\w \[\]-]+: |      -> )(.+)$"
    r"|^    (No problems .+|Nothing has .+|NIC notifications .+)$",
    re.MULTILINE,
)
# These consist of values alone, or leave out the end.
VALUES_ALONE = (
    re.compile(r"\d+ \w+(?:, \d+ \w+)*(?:: .+)?\."),  # 2 covered, 1 silent: compute-3 (silent).
    re.compile(r"\w+ = \S+(?:, \w+ = \S+)*\."),
    re.compile(r"\[oslo_messaging_notifications\] driver: [\w ]+\."),
    re.compile(r".*: … .*|.*…"),
)
# "database mariadb://…: ", "nova: ": what a text is about may stand before it.
SUBJECT = re.compile(r"^(?:database )?[^\s`]+: ")


def texts(source: str) -> Iterator[str]:
    """The string literals of a module, with VALUE for what is put into one."""
    tree = ast.parse(source)
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside.update(map(id, node.values))
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else VALUE for part in node.values
            )
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
        ):
            yield node.value


@cache
def patterns(program: str) -> tuple[re.Pattern[str], ...]:
    """Regular expressions for all texts of a program that are long enough to mean something."""
    found = set()
    for path in sorted((REPOSITORY / program).rglob("*.py")):
        for text in texts(path.read_text()):
            literal = FORMATTED.sub("", text)
            if len(re.findall(r"[A-Za-z]", literal)) >= MIN_LETTERS and "\n" not in text:
                parts = FORMATTED.split(text)
                found.add(".*".join(re.escape(part.replace("%%", "%")) for part in parts))
    return tuple(re.compile(each) for each in sorted(found))


def is_printed(example: str, program: str) -> bool:
    """Whether the example is made of texts of the program, one after the other."""
    if not example or any(each.fullmatch(example) for each in VALUES_ALONE):
        return True
    bare = SUBJECT.sub("", example)
    wholes = {example, example.removesuffix("."), bare, bare.removesuffix(".")}
    if any(each.fullmatch(whole) for each in patterns(program) for whole in wholes):
        return True
    # A text, and behind it others.
    spaces = [place for place, sign in enumerate(example) if sign == " "]
    return any(
        each.fullmatch(example[:place]) and is_printed(example[place + 1 :], program)
        for place in spaces
        for each in patterns(program)
        if example[place - 1] == "."
    )


def examples(page: str) -> list[str]:
    """The texts and the advice in the examples of a page."""
    return [a or b for a, b in LINE.findall((REPOSITORY / page).read_text())]


@pytest.mark.parametrize("page", PROGRAMS)
def test_examples_are_what_the_program_prints(page: str) -> None:
    found = examples(page)
    assert len(found) > 30
    assert [each for each in found if not is_printed(each, PROGRAMS[page])] == []


@pytest.mark.parametrize(
    "example",
    ["vifcast: 1 waiting, read by nobody.", "All is as it should be.", "Mend the database first."],
)
def test_text_of_an_earlier_release_is_found(example: str) -> None:
    assert not is_printed(example, "service/src/vifcast")
