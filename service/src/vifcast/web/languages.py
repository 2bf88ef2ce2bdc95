"""The languages of the pages: gettext's catalogs, read by Babel."""

import gettext
import io
from functools import lru_cache
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from vifcast.web.cookies import Cookies

_FOLDER = Path(__file__).parent / "translations"
COOKIE = "vifcast_language"
ENGLISH = "en"

# What the texts are written in, then every catalog that is there.
LANGUAGES = (ENGLISH, *sorted(each.stem for each in _FOLDER.glob("*.po")))


def name_of(language: str) -> str:
    """What a language calls itself: ``English``, ``简体中文``."""
    # The catalogs are few, and Babel's name of this one is "中文 (中国)".
    if language == "zh_CN":
        return "简体中文"
    return Locale.parse(language).display_name or language


def chosen(cookies: Cookies, accept_language: str) -> str:
    """That of the cookie, or else the first that the browser's user reads."""
    named = cookies.get(COOKIE)
    if named is not None and named in LANGUAGES:
        return named
    preferred = [each.partition(";")[0].strip() for each in accept_language.split(",")]
    aliases = {"zh": "zh_CN", "zh_hans": "zh_CN", "zh_hans_cn": "zh_CN", "zh_sg": "zh_CN"}
    found = negotiate_locale(
        [each.replace("-", "_") for each in preferred if each],
        LANGUAGES,
        aliases={**aliases, ENGLISH: ENGLISH},
    )
    return found or ENGLISH


@lru_cache(maxsize=len(LANGUAGES))
def catalog(language: str) -> gettext.NullTranslations:
    """The texts of a language; the catalog is compiled here, so that no build step is needed."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    with (_FOLDER / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
