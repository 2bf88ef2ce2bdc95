"""Bodies that are compressed, or in another charset."""

import base64
import bz2
import datetime as dt
import gzip
import lzma
import tracemalloc
import zlib

import amqp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vifcast.bus.properties import Codings, read_coding
from vifcast.errors import NotificationError, NotOpenedError
from vifcast.notification.coding import Coding, coding_of, open_body
from vifcast.notification.interpret import dead_letter, opened

MIB = 1024 * 1024
NOW = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
COMPRESS = {
    "application/x-gzip": zlib.compress,  # as kombu does it
    "gzip": gzip.compress,
    "application/x-bz2": bz2.compress,
    "application/x-lzma": lzma.compress,
}


def compressed_as(name):
    return Coding(name, None, is_text=True)


@pytest.mark.parametrize("name", COMPRESS)
def test_what_was_compressed_is_opened(name):
    for plain in (b"", b"{}", b"x" * MIB):
        assert open_body(COMPRESS[name](plain), compressed_as(name), MIB) == plain


@pytest.mark.parametrize("name", COMPRESS)
def test_bomb_takes_no_more_memory_than_the_bound(name):
    bomb = COMPRESS[name](b"\0" * 100 * MIB)
    tracemalloc.start()
    try:
        with pytest.raises(NotOpenedError) as refused:
            open_body(bomb, compressed_as(name), MIB)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.code == "too_large"
    assert len(refused.value.opened) == MIB
    # xz has a dictionary of its own, of 8 MiB in lzma.compress.
    assert peak < (16 if name == "application/x-lzma" else 8) * MIB


@pytest.mark.parametrize("name", COMPRESS)
@given(cut=st.integers(0, 80), more=st.binary(max_size=3), flip=st.integers(0, 80))
def test_anything_but_the_whole_is_refused_and_nothing_else_is_raised(name, cut, more, flip):
    plain = b'{"a": "some words that are said"}'
    whole = COMPRESS[name](plain)
    broken = whole[:cut] + more if cut < len(whole) else whole + more
    if flip < len(broken):
        broken = broken[:flip] + bytes([broken[flip] ^ 0x55]) + broken[flip + 1 :]
    # gzip's header holds a time, which may be any.
    found = opened_or_refused(broken, compressed_as(name))
    assert found == plain or (found.code, found.opened) == ("broken_compression", b"")


def opened_or_refused(raw, coding):
    try:
        return open_body(raw, coding, MIB)
    except NotOpenedError as error:
        return error


@pytest.mark.parametrize("name", ["application/zstd", "application/x-brotli", "x" * 300, "\ud83d"])
def test_unknown_compression_says_what_to_do(name):
    with pytest.raises(NotOpenedError, match="kombu_compression") as refused:
        opened(b"...", compressed_as(name), MIB)
    assert refused.value.code == "unknown_compression"
    str(refused.value).encode()


def test_xz_that_wants_much_memory_for_itself_is_refused(monkeypatch):
    monkeypatch.setattr("vifcast.notification.coding._LZMA_MEMORY", MIB)
    with pytest.raises(NotOpenedError, match=r"[Mm]emory"):
        open_body(lzma.compress(b"{}"), compressed_as("xz"), MIB)


@pytest.mark.parametrize("charset", ["utf-16", "UTF-16LE", "utf_16_be", "latin-1", "cp1252"])
def test_other_charsets_are_read(charset):
    text = '{"name": "Zürich"}'
    coding = coding_of("application/json", charset, None)
    assert coding is not None
    assert open_body(text.encode(charset), coding, MIB) == text.encode()


def test_body_that_grows_beyond_the_bound_is_too_large():
    coding = coding_of("", "latin-1", None)
    assert coding is not None
    with pytest.raises(NotOpenedError) as refused:
        open_body("ü".encode("latin-1") * 600, coding, 1000)
    assert refused.value.code == "too_large"


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "rot13", "zip", "\0"])
def test_charset_that_is_not_known_is_refused(charset):
    coding = coding_of("", charset, None)
    assert coding is not None
    with pytest.raises(NotOpenedError) as refused:
        open_body(b"{}", coding, MIB)
    assert refused.value.code in {"unknown_encoding", "unknown_compression"}


@pytest.mark.parametrize("charset", ["", "utf-8", "UTF8", "binary", "us-ascii"])
def test_plain_body_has_no_coding(charset):
    assert coding_of("application/json", charset, None) is None


def properties(**properties_given):
    return amqp.Message("", **properties_given)._serialize_properties()


@pytest.mark.parametrize(
    ("properties_given", "coding"),
    [
        ({}, None),
        ({"content_type": "application/json", "content_encoding": "utf-8"}, None),
        ({"application_headers": {}, "delivery_mode": 2, "priority": 0}, None),
        ({"application_headers": {"compression": "gzip"}}, compressed_as("gzip")),
        ({"application_headers": {"about": "compression"}}, None),
        ({"application_headers": {"compression": None}}, None),
        ({"application_headers": {"compression": 7}}, compressed_as("7")),
        ({"content_encoding": "gzip"}, compressed_as("gzip")),
        ({"content_encoding": "UTF-16"}, Coding(None, "utf-16", is_text=True)),
        ({"content_type": "application/x-python-serialize"}, Coding(None, None, is_text=False)),
        ({"content_type": "text/plain; charset=utf-8", "message_id": "compression"}, None),
    ],
)
def test_properties_say_the_coding(properties_given, coding):
    assert read_coding(properties(**properties_given)) == coding


@given(st.binary(max_size=40))
def test_no_properties_raise_anything(raw):
    read_coding(raw)
    read_coding(b"\xe0\x00" + raw + b"compression")


def test_headers_that_cannot_be_read_but_name_a_compression_are_not_taken_for_plain():
    broken = b"\x20\x00" + b"\x00\x00\x00\xffcompression"
    coding = read_coding(broken)
    assert coding is not None
    assert coding.compression is not None


def test_what_is_remembered_of_properties_is_bounded():
    codings = Codings()
    for number in range(2500):
        assert codings[properties(message_id=str(number))] is None
    assert len(codings) <= 1000


NOT_JSON = NotificationError("not_utf8", "no")


SECRET = b'{"password": "hunter2"}'


def deflate(wbits):
    def compress(plain):
        compressor = zlib.compressobj(wbits=wbits)
        return compressor.compress(plain) + compressor.flush()

    return compress


WITHOUT_A_WORD = [
    *(zlib.compress, gzip.compress, bz2.compress, lzma.compress),
    *(deflate(wbits) for wbits in (9, 12, -9, -15)),
]


@pytest.mark.parametrize("make", WITHOUT_A_WORD)
@pytest.mark.parametrize("plain", [b"token", SECRET, SECRET * 50, bytes(range(256)) + SECRET])
def test_compressed_body_without_a_word_of_it_is_not_kept(make, plain):
    letter = dead_letter(make(plain), NOT_JSON, "", NOW, MIB)
    assert (letter.body, letter.is_whole, letter.size) == (b"", False, len(make(plain)))


@pytest.mark.parametrize("make", WITHOUT_A_WORD)
def test_no_part_of_a_body_is_kept_that_goes_on_with_something_binary(make):
    raw = b'{"x": "a text"}' * 100 + make(SECRET)
    assert dead_letter(raw, NOT_JSON, "", NOW, 100).body == b""


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-32-be", "cp037"])
def test_body_in_a_charset_that_nothing_names_is_not_kept(charset):
    assert dead_letter(SECRET.decode().encode(charset), NOT_JSON, "", NOW, MIB).body == b""


def test_body_that_is_utf8_but_for_a_few_bytes_is_kept_blanked():
    raw = b'{"name": "M\xfcller",\r\n\t"password": "hunter2"}'
    letter = dead_letter(raw, NOT_JSON, "", NOW, MIB)
    assert letter.body == raw.replace(b"hunter2", b"***")
    assert letter.is_whole


@pytest.mark.parametrize("method", ["gzip", "bzip2", "lzma", "application/zstd"])
def test_plain_body_that_is_said_to_be_compressed_is_kept_blanked(method):
    letter = letter_of_unopened(SECRET, compressed_as(method))
    assert (letter.body, letter.is_whole) == (b'{"password": "***"}', True)


@pytest.mark.parametrize(
    ("raw", "coding"),
    [
        (zlib.compress(SECRET)[:-1], Coding("gzip", None, is_text=True)),
        (zlib.compress(SECRET), Coding("zstd", None, is_text=True)),
        (base64.b64encode(SECRET), Coding("base64", None, is_text=True)),
        (SECRET.decode().encode("utf-16-le"), Coding("gzip", None, is_text=True)),
        (SECRET, Coding("gzip", None, is_text=False)),
        # A charset that this release does not know may write letters in other ones.
        (SECRET.decode().encode("utf-7"), Coding(None, "utf-7", is_text=True)),
        (SECRET, Coding("gzip", "utf-7", is_text=True)),
    ],
)
def test_unopened_body_that_is_no_plain_json_is_not_kept(raw, coding):
    letter = letter_of_unopened(raw, coding)
    assert (letter.body, letter.is_whole) == (b"", False)


def letter_of_unopened(raw, coding):
    with pytest.raises(NotOpenedError) as refused:
        opened(raw, coding, MIB)
    return dead_letter(raw, refused.value, "", NOW, MIB, coding, raw)


def test_body_of_something_binary_is_not_kept():
    coding = Coding(None, None, is_text=False)
    letter = dead_letter(b"\x80\x04auth_token", NOT_JSON, "", NOW, MIB, coding, b"\x80\x04auth_to")
    assert (letter.body, letter.is_whole, letter.size) == (b"", False, 12)


def test_body_that_is_not_in_its_charset_is_not_kept():
    coding = coding_of("", "utf-16", None)
    raw = b'{"_context_auth_token": "gAAAA"}'
    plain = opened(raw, coding, MIB)
    assert dead_letter(raw, NOT_JSON, "", NOW, MIB, coding, plain).body == b""
    plain = opened(raw.decode().encode("utf-16"), coding, MIB)
    kept = dead_letter(raw, NOT_JSON, "", NOW, MIB, coding, plain).body
    assert kept == b'{"_context_auth_token": "***"}'
