"""Every text of the pages is in each catalog, translated, and none is written into a template."""

import re

import pytest
import translations

from vifcast.web import languages

_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
TEMPLATES = sorted((translations.WEB / "templates").rglob("*.html"))
# Names that no language changes.
_NAMES = re.compile(
    r"\b(vifcast-nova|vifcast|UTC|API|IP|MAC|CSV|JSON|URL|AMQP|HMAC-SHA256|ed25519|CloudEvents|OAuth2|TLS|p50|p95|p99|Enter"
    r"|Esc|ms|Nova|Python|oslo\.messaging|SQLite|MariaDB|PostgreSQL|GET|POST)\b"
)


@pytest.mark.parametrize("file", translations.CATALOGS, ids=lambda file: file.stem)
def test_catalog_is_what_make_messages_writes(file):
    assert file.read_bytes() == translations.updated(file)


@pytest.mark.parametrize("file", translations.CATALOGS, ids=lambda file: file.stem)
def test_every_text_is_translated_with_its_placeholders(file):
    for message in translations.read(file):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(strings), message.id
        known = set().union(*(_PLACEHOLDER.findall(each) for each in ids))
        for each in strings:
            assert set(_PLACEHOLDER.findall(each)) <= known, message.id
            assert set(_PLACEHOLDER.findall(each)) >= known - {"num", "n", "count"}, message.id


def test_there_is_a_catalog_for_chinese():
    assert "zh_CN" in languages.LANGUAGES


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh_CN"),
        ("zh", "zh_CN"),
        ("zh-Hans-CN", "zh_CN"),
        ("de-DE,en-US;q=0.7", "en"),
        ("en-GB,zh;q=0.5", "en"),
        ("", "en"),
        (";;,*", "en"),
    ],
)
def test_language_is_the_first_that_the_browsers_user_reads(accepted, language):
    assert languages.chosen({}, accepted) == language


def test_chosen_language_counts_more_than_the_browsers():
    assert languages.chosen({languages.COOKIE: "en"}, "zh-CN") == "en"
    assert languages.chosen({languages.COOKIE: "../../etc"}, "zh-CN") == "zh_CN"


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_template_has_no_text_of_its_own(file):
    text = re.sub(r"\{#.*?#\}", "", file.read_text(), flags=re.DOTALL)
    text = re.sub(r"\{% trans.*?\{% endtrans %\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{[{%].*?[}%]\}", "", text, flags=re.DOTALL)
    text = re.sub(r"<(code|pre)\b.*?</\1>", "", text, flags=re.DOTALL)
    for example in re.findall(r'\bplaceholder="([^"]*)"', text):
        assert words_of(example) == [], file.name
    shown = re.findall(r'\b(?:title|aria-label|alt)="([^"]*)"', text)
    # Attributes that a macro makes stand in no tag here.
    shown.append(re.sub(r"<[^>]*>|[\w-]+=\"[^\"]*\"", " ", text))
    for each in shown:
        bare = re.sub(r"&\w+;", "", _NAMES.sub("", each))
        assert re.findall(r"[A-Za-z]{2,}", bare) == [], file.name


def words_of(text):
    """Words of a language in it; a URL, a moment or the name of a field has none."""
    return [each for each in text.split() if re.fullmatch(r"\W*[A-Za-z]{2,}\W*", each)]


@pytest.mark.parametrize("text", ["a name", "Name", "for example: 2h", "all (or none)"])
def test_placeholder_of_words_is_found(text):
    assert words_of(text) != []


@pytest.mark.parametrize(
    "text", ["https://cmp.example.org/hooks/nic", "2026-11-03T14:03:00Z, 2h", "message_id", "7d"]
)
def test_placeholder_that_is_an_example_needs_no_translation(text):
    assert words_of(text) == []
