"""The examples of ``vifcast doctor`` and ``vifcast-nova check`` in the docs are what these print.

Level, name, text and advice of an example have to match one call of ``ok``, ``warn`` or ``fail``
in the program, to the last word: a message that is changed without the page fails here.
"""

import re
from functools import cache
from pathlib import Path

import pytest
from printed_texts import Program
from text_pattern import Pattern, literal

REPOSITORY = Path(__file__).parents[2]
PROGRAMS = {
    "docs/doctor.md": "service/src/vifcast",
    "docs/check.md": "nova-plugin/vifcast_nova",
}
LEVELS = ("ok", "warn", "fail")
# The values of the examples that are plain words, and what other programs say there.
WORDS = (
    "controller",
    "nowhere",
    "outbox",
    "silent",
    "nova",
    "vifcast",
    "guest",
    "covered",
    "used",
    "true",
    "false",
    "both",
    "unversioned",
    "serve",
)
FOREIGN = (
    # Of vifcast serve, by HTTP, and of the process that wrote the outbox, by file.
    r"database \S+: the disk is full; make room, nothing is lost meanwhile",
    r"rabbit://\S+ \(exchange \w+\)",
    r"connection refused",
    r"Permission denied",
    r"No such file or directory",
    r"\[Errno 104\] Connection reset by peer",
    r"NOT_ALLOWED - vhost nowhere not found",
    r"connection blocked, see broker logs",
    r"\[SSL: \w+\] certificate verify failed: self-signed certificate \(_ssl\.c:\d+\)",
    (
        r'connection failed: connection to server at "\S+", port \d+ failed: Connection refused '
        r"Is the server running on that host and accepting TCP/IP connections\?"
    ),
    r"Access denied for user '\S+'@'\S+' \(using password: YES\)",
)
# Of addresses, paths, names and numbers one character at least is no letter.
VALUE = rf"(?:{'|'.join((*WORDS, *FOREIGN))}|[^\s;]*(?:[^\s;,.:`'A-Za-z]|\.(?=\w))[^\s;]*)"
Example = tuple[str, str, str, str]
LINE = re.compile(r"^    (OK|WARN|FAIL) +([\w. \[\]-]+?): (.+)(?:\n +-> (.+))?$", re.MULTILINE)
SUMMARY = re.compile(
    r"^    ((?:No problems|Nothing has|NIC notifications)[^:\n]*[:.])(?: ([^:\n]+))?$", re.MULTILINE
)


def examples(page: str) -> list[Example]:
    """Level, name, text and advice of the examples of a page; advice may be empty."""
    return LINE.findall((REPOSITORY / page).read_text())


@cache
def lines(page: str) -> list[list[Pattern]]:
    """The same of what the program of a page can print."""
    program = Program(REPOSITORY / PROGRAMS[page], VALUE)
    return [
        [literal(level.upper()), *map(program.pattern, call.args)]
        for level in LEVELS
        for call in program.calls(level)
    ]


def is_printed(example: Example, page: str) -> bool:
    """Whether some line of the program is just like the example."""
    shown = [part for part in example if part]
    return any(
        len(shown) <= len(line) and all(map(Pattern.matches, line, shown)) for line in lines(page)
    )


def mutated(example: Example) -> list[Example]:
    """The example with other last words: of its text, and of its advice."""
    level, name, *parts = example
    text, advice = (" ".join([*part.split(" ")[:-2], "elephants."]) for part in parts)
    return [(level, name, text, ""), *([(level, name, parts[0], advice)] if parts[1] else [])]


@pytest.mark.parametrize("page", PROGRAMS)
def test_examples_are_what_the_program_prints(page: str) -> None:
    found = examples(page)
    assert len(found) > 25
    assert [each for each in found if not is_printed(each, page)] == []


@pytest.mark.parametrize("page", PROGRAMS)
def test_examples_with_other_last_words_are_refused(page: str) -> None:
    changed = [each for example in examples(page) for each in mutated(example)]
    assert len(changed) > 50
    assert [each for each in changed if is_printed(each, page)] == []


@pytest.mark.parametrize("page", PROGRAMS)
def test_examples_with_any_other_word_are_refused(page: str) -> None:
    changed = [
        (level, name, " ".join([*words[:number], "elephants", *words[number + 1 :]]), "")
        for level, name, text, _ in examples(page)
        for words in [text.split(" ")]
        for number in range(len(words))
    ]
    assert len(changed) > 300
    assert [each for each in changed if is_printed(each, page)] == []


@pytest.mark.parametrize("page", PROGRAMS)
def test_every_indented_line_of_the_report_is_an_example(page: str) -> None:
    text = (REPOSITORY / page).read_text()
    begun = re.findall(r"^    (?:(?:OK|WARN|FAIL) |      -> )", text, re.MULTILINE)
    assert len(begun) == sum(1 + bool(advice) for *_, advice in examples(page))


@pytest.mark.parametrize("page", PROGRAMS)
def test_summaries_are_what_the_program_prints(page: str) -> None:
    sources = [path.read_text() for path in (REPOSITORY / PROGRAMS[page]).rglob("cli/**/*.py")]
    found = SUMMARY.findall((REPOSITORY / page).read_text())
    assert len(found) > 1
    for begin, names in found:
        assert any(f'"{begin}' in source for source in sources)
        assert set(names.removesuffix(".").split(", ")) - {""} <= {
            name for _, name, *_ in examples(page)
        }
