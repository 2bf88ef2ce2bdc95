"""``Renderer``: pages out of templates, in the language of whoever asks."""

from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from vifcast import display
from vifcast.api.authentication import CALLER
from vifcast.api_settings import Auth
from vifcast.identity.policy import Policy
from vifcast.version import __version__
from vifcast.web import browser, cookies, languages
from vifcast.web.assets import digest
from vifcast.web.filters import FILTERS
from vifcast.web.navigation import entries

_TEMPLATES = Path(__file__).parent / "templates"


class Renderer:
    """Called from several threads."""

    def __init__(self, policy: Policy, auth: Auth) -> None:
        self._policy = policy
        self._auth = auth
        self._environments = {each: _environment(each) for each in languages.LANGUAGES}

    def page(
        self, request: Request, template: str, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A page, or a part of one.

        Each template also has ``url`` (the address of a path below /ui), ``caller`` (None before
        sign-in), ``may`` (whether the policy allows a rule), ``nav``, ``csrf``, ``signed_in_as``,
        ``has_sign_in``, ``language``, ``languages``, ``file`` (the address of a static file),
        ``here`` (path and query below /ui/) and ``version``.
        """
        language = language_of(request)
        caller = request.scope.get(CALLER)
        of_browser = browser.of(request)
        root = request.scope.get("root_path", "")

        def url(path: str = "", **query: object) -> str:
            sent = {name: value for name, value in query.items() if value not in (None, "")}
            return f"{root}/{path}" + (f"?{urlencode(sent, doseq=True)}" if sent else "")

        def may(rule: str) -> bool:
            return caller is not None and self._policy.allows(caller, rule)

        html = (
            self._environments[language]
            .get_template(template)
            .render(
                url=url,
                caller=caller,
                may=may,
                nav=entries(may),
                csrf=of_browser.csrf,
                signed_in_as=of_browser.signed_in_as,
                has_sign_in=self._auth is not Auth.NONE,
                language=language,
                languages={each: languages.name_of(each) for each in languages.LANGUAGES},
                file=lambda name: f"{root}/static/{digest()}/{name}",
                here=_place_of(request, root),
                version=__version__,
                **values,
            )
        )
        return HTMLResponse(html, status)

    def text(self, request: Request, message: str, **values: object) -> str:
        """One message in the language of whoever asks, with ``%(name)s`` filled in."""
        translated = languages.catalog(language_of(request)).gettext(message)
        return translated % values if values else translated


def _place_of(request: Request, root: str) -> str:
    """Where the page is, below /ui/; of one that answers a form, the path alone."""
    path: str = request.scope["path"].removeprefix(root).lstrip("/")
    query = request.url.query if request.method == "GET" else ""
    return f"{path}?{query}" if query else path


def language_of(request: Request) -> str:
    """Of a request's cookie, or of what its browser says."""
    sent = cookies.read(request.scope["headers"])
    return languages.chosen(sent, request.headers.get("accept-language", ""))


def _environment(language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalog = languages.catalog(language)
    environment.install_gettext_translations(catalog, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= FILTERS
    environment.filters["failure"] = partial(display.failure, nothing=catalog.gettext("failed"))
    return environment
