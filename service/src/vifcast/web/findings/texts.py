"""Marks texts for the catalogs; they are translated where they are shown."""

from vifcast.web.findings.finding import Sentence


def _(text: str, **values: object) -> Sentence:
    """A sentence."""
    return Sentence(text, None, values)


def ngettext(one: str, many: str, number: int, **values: object) -> Sentence:
    """A sentence that counts; the names of this and of the last are those that Babel looks for."""
    return Sentence(one, many, {"number": number, **values})
