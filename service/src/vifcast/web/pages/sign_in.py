"""``/ui/sign-in`` and ``/ui/sign-out``."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from vifcast.identity.asked import Asked, Authenticator
from vifcast.identity.credentials import (
    Credentials,
    KeystoneAwayError,
    SignIn,
    SignInRefusedError,
)
from vifcast.identity.refusal import Refusal
from vifcast.web import browser
from vifcast.web.browser import Browser
from vifcast.web.pages.preferences import within
from vifcast.web.sessions import Session, Sessions
from vifcast.web.site import Site
from vifcast.web.wall import cookie_of

_LONGEST = 1024
_UNAUTHORIZED = 401
Field = Annotated[str, Form(max_length=_LONGEST)]


def routes(
    site: Site,
    sessions: Sessions,
    authenticator: Authenticator,
    keystone: SignIn | None,
) -> APIRouter:
    """Where browsers have to sign in; ``keystone`` is None where tokens of vifcast let in."""
    router = APIRouter()

    def form(
        request: Request, status: int = 200, mistake: str | None = None, **values: str
    ) -> HTMLResponse:
        known: dict[str, Any] = dict.fromkeys(("user", "project"), "")
        known |= {"user_domain": "Default", "project_domain": "Default", "scope": "project"}
        template = "sign_in_token.html" if keystone is None else "sign_in_keystone.html"
        return site.renderer.page(
            request, template, status, mistake=mistake, **known | {"next": ""} | values
        )

    def admit(request: Request, token: str, name: str | None, to: str) -> RedirectResponse:
        """Sign in, under a new secret: one that somebody planted before must not be let in."""
        headers = {"x-auth-token": token}
        client = request.client.host if request.client else ""
        found = authenticator.find(Asked("GET", "/ui/", headers, client))
        if isinstance(found, Refusal):
            kind = SignInRefusedError if found.status == _UNAUTHORIZED else KeystoneAwayError
            raise kind(found.detail)
        fresh = Browser(browser.new_secret())
        sessions.open(fresh.secret, Session(token, name or found.name))
        root = request.scope.get("root_path", "")
        response = RedirectResponse(f"{root}/{within(to)}", 303)
        response.raw_headers.append((b"set-cookie", cookie_of(request.scope, fresh)))
        return response

    @router.get("/sign-in")
    def show(request: Request, next: str = "") -> HTMLResponse:  # noqa: A002 - of the query
        return form(request, next=within(next))

    @router.post("/sign-in", response_model=None)
    def sign_in(
        request: Request,
        token: Field = "",
        user: Field = "",
        password: Field = "",
        user_domain: Field = "Default",
        scope: Field = "project",
        project: Field = "",
        project_domain: Field = "Default",
        next: Field = "",  # noqa: A002 - of the form
    ) -> HTMLResponse | RedirectResponse:
        name = None
        shown = {
            "user": user, "user_domain": user_domain, "scope": scope, "project": project,
            "project_domain": project_domain, "next": within(next),
        }  # fmt: skip
        try:
            if keystone is not None:
                where = None if scope == "system" else project.strip()
                token = keystone.token(
                    Credentials(
                        user=user.strip(),
                        password=password,
                        user_domain=user_domain.strip(),
                        project=where,
                        project_domain=project_domain.strip(),
                    )
                )
                name = user.strip() if where is None else f"{user.strip()} · {where}"
            return admit(request, token.strip(), name, next)
        except (SignInRefusedError, KeystoneAwayError) as error:
            status = 401 if isinstance(error, SignInRefusedError) else 503
            return form(request, status, str(error), **shown)

    @router.post("/sign-out")
    def sign_out(request: Request) -> RedirectResponse:
        found = browser.of(request)
        session = sessions.find(found.secret)
        sessions.close(found.secret)
        if session is not None and keystone is not None:
            keystone.revoke(session.token)
        root = request.scope.get("root_path", "")
        response = RedirectResponse(f"{root}/sign-in", 303)
        fresh = Browser(browser.new_secret())
        response.raw_headers.append((b"set-cookie", cookie_of(request.scope, fresh)))
        return response

    return router
