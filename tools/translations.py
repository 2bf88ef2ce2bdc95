"""Brings the catalogs of the pages' texts up to date: new texts in, gone ones out.

``make messages`` after a change of texts; what is then empty in translations/*.po is to be
translated. Nothing is guessed (no fuzzy entries): half a translation reads worse than English.
"""

import io
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from places import REPOSITORY

WEB = REPOSITORY / "service" / "src" / "vifcast" / "web"
CATALOGS = sorted((WEB / "translations").glob("*.po"))
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_OPTIONS = {
    "**/templates/**.html": {"trimmed": "false", "silent": "false", "newstyle_gettext": "true"}
}
# Beside gettext's own: texts marked in Python, and those that a function translates later.
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "text": (2,)}

_NOISE = re.compile(
    rb'"(Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team'
    rb"|Generated-By):"
)


def template() -> Catalog:
    """Every text of the pages, with where it is used."""
    found = Catalog(project="vifcast", charset="utf-8")
    for name, line, message, comments, context in extract_from_dir(
        WEB, _METHODS, _OPTIONS, keywords=_KEYWORDS, comment_tags=("Translators:",)
    ):
        if isinstance(message, str) and not message:
            continue
        found.add(message, None, [(f"web/{name}", line)], auto_comments=comments, context=context)
    return found


def read(file: Path) -> Catalog:
    """One language's."""
    with file.open("rb") as source:
        return read_po(source, locale=file.stem, abort_invalid=True)


def updated(file: Path) -> bytes:
    """What the catalog in a file is to be now."""
    known = read(file)
    known.update(template(), no_fuzzy_matching=True, update_header_comment=False)
    known.obsolete.clear()
    written = io.BytesIO()
    write_po(
        written,
        known,
        width=100,
        sort_by_file=True,
        include_lineno=False,
        ignore_obsolete=True,
        omit_header=False,
    )
    # Dates and names would make each run a change.
    kept = [line for line in written.getvalue().splitlines(keepends=True) if not _NOISE.match(line)]
    return b"".join(kept)


def main() -> int:
    """Write them."""
    for file in CATALOGS:
        file.write_bytes(updated(file))
        missing = sum(1 for each in read(file) if each.id and not any(each.string or ()))
        print(f"{file.relative_to(REPOSITORY)}: {missing} to translate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
