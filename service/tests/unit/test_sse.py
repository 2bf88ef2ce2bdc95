"""Server-Sent Events as the HTML standard has them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vifcast.client.sse import Message, Parser

STREAM = (
    "\ufeffretry: 3204\nid: 41\n\n: a comment\n\nevent: operation\ndata: {}\n\n"
    "event: event\r\ndata: ä\r\ndata:two\r\nid: 42\r\n\r\ndata: three\r\rid: 43\n\n"
    "event: event\ndata: cut off\nid: 44\n"
).encode()
MESSAGES = [Message("operation", "{}"), Message("event", "ä\ntwo"), Message("message", "three")]


def read(*chunks, last_id=None):
    parser = Parser(last_id)
    return [message for chunk in chunks for message in parser.feed(chunk)], parser


@given(st.lists(st.integers(0, len(STREAM))))
def test_messages_do_not_depend_on_where_the_bytes_are_cut(cuts):
    ends = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[start:end] for start, end in pairwise(ends)]
    messages, parser = read(*chunks)
    assert messages == MESSAGES
    # Of what was cut off in the middle nothing was received.
    assert (parser.last_id, parser.retry_ms) == ("43", 3204)


@pytest.mark.parametrize(
    ("text", "messages", "last_id"),
    [
        ("data\n\n", [Message("message", "")], "1"),
        ("data:  two blanks\n\n", [Message("message", " two blanks")], "1"),
        ("event: x\n\ndata: y\n\n", [Message("message", "y")], "1"),
        ("id\ndata: y\n\n", [Message("message", "y")], ""),
        ("id: 7\0\ndata: y\n\n", [Message("message", "y")], "1"),
        ("colour: blue\ndata: y\n\n", [Message("message", "y")], "1"),
        ("id: 7\n\n", [], "7"),
        ("\n\n\n", [], "1"),
    ],
)
def test_fields(text, messages, last_id):
    found, parser = read(text.encode(), last_id="1")
    assert (found, parser.last_id) == (messages, last_id)


@pytest.mark.parametrize("text", ["retry: 5s\n", "retry: ٣\n", "retry:\n", "retry: -1\n"])
def test_retry_that_is_no_number_is_ignored(text):
    assert read(text.encode())[1].retry_ms is None
