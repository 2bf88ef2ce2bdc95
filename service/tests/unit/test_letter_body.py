"""Bodies and reasons of dead letters, as the pages show them."""

import re
from pathlib import Path

import pytest

from vifcast.web.letter_body import hexdump, shown
from vifcast.web.letter_reasons import MEANINGS

DOCS = Path(__file__).parents[3] / "docs" / "dead-letters.md"


def test_every_reason_of_the_documentation_is_explained_and_no_other():
    _, _, table = DOCS.read_text().partition("| `reason_code` | meaning |\n|---|---|\n")
    rows = [line.split("|")[1] for line in table.partition("\n\n")[0].splitlines()]
    assert {code for row in rows for code in re.findall(r"`(\w+)`", row)} == set(MEANINGS)


def test_bytes_stand_in_lines_of_sixteen():
    assert hexdump(b"0123456789abcdef\x00\xff") == (
        "000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n"
        "000010  00 ff                                            .."
    )


def test_message_inside_the_envelope_is_opened():
    found = shown(b'{"oslo.version": "2.0", "oslo.message": "{\\"event_type\\": \\"x\\"}"}')
    assert found.formatted == (
        '{\n  "oslo.version": "2.0",\n  "oslo.message": {\n    "event_type": "x"\n  }\n}'
    )


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'{"oslo.message": "{"}'])
def test_what_is_no_json_is_shown_as_it_is(body):
    found = shown(body)
    assert (found.text, found.formatted, found.is_hex) == (body.decode(), None, False)


def test_characters_that_act_are_shown_as_what_they_are():
    assert shown("a\u202eb\nc".encode()).text == "a\\u202eb\nc"
