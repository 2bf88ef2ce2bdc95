"""``/ui/sign-in`` and ``/ui/sign-out``."""

from dataclasses import dataclass
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
from vifcast.web.pages.preferences import within
from vifcast.web.sessions import Session, Sessions
from vifcast.web.site import Site
from vifcast.web.wall import cookie_of, root_of

_LONGEST = 1024
_UNAUTHORIZED = 401
_UNAVAILABLE = 503
Field = Annotated[str, Form(max_length=_LONGEST)]

# What the form has before anybody typed.
_EMPTY = {
    "user": "",
    "user_domain": "Default",
    "scope": "project",
    "project": "",
    "project_domain": "Default",
    "next": "",
}


@dataclass(frozen=True, slots=True)
class Door:
    """Where browsers sign in; ``keystone`` is None where tokens of vifcast let in."""

    site: Site
    sessions: Sessions
    authenticator: Authenticator
    keystone: SignIn | None

    def form(
        self, request: Request, typed: dict[str, str], error: Exception | None = None
    ) -> HTMLResponse:
        """The page, with what was typed, but for what is secret."""
        status = 200
        if error is not None:
            status = _UNAUTHORIZED if isinstance(error, SignInRefusedError) else _UNAVAILABLE
        template = "sign_in_token.html" if self.keystone is None else "sign_in_keystone.html"
        values: dict[str, Any] = {**_EMPTY, **typed}
        values["mistake"] = str(error) if error else None
        return self.site.renderer.page(request, template, status, **values)

    def admit(self, request: Request, token: str, name: str | None, to: str) -> RedirectResponse:
        """Sign in, under a new secret: one that somebody planted before must not be let in.

        Raises SignInRefusedError, KeystoneAwayError and StoreError.
        """
        client = request.client.host if request.client else ""
        found = self.authenticator.find(Asked("GET", "/ui/", {"x-auth-token": token}, client))
        if isinstance(found, Refusal):
            kind = SignInRefusedError if found.status == _UNAUTHORIZED else KeystoneAwayError
            raise kind(found.detail)
        secret = browser.new_secret()
        self.sessions.open(secret, Session(token, name or found.name))
        return _go(request, to, secret)

    def leave(self, request: Request) -> RedirectResponse:
        """End the session, and Keystone's token with it."""
        secret = browser.of(request).secret
        session = self.sessions.find(secret)
        self.sessions.close(secret)
        if session is not None and self.keystone is not None:
            self.keystone.revoke(session.token)
        return _go(request, "sign-in", browser.new_secret())


def routes(door: Door) -> APIRouter:
    """The pages of it."""
    router = APIRouter()

    @router.get("/sign-in")
    def show(request: Request, next: str = "") -> HTMLResponse:  # noqa: A002 - of the query
        return door.form(request, {"next": within(next)})

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
        typed = {
            "user": user.strip(),
            "user_domain": user_domain.strip(),
            "scope": scope,
            "project": project.strip(),
            "project_domain": project_domain.strip(),
            "next": within(next),
        }
        try:
            if door.keystone is not None:
                given = _credentials(typed, password)
                token = door.keystone.token(given)
                name = " · ".join(filter(None, (given.user, given.project)))
            return door.admit(request, token.strip(), name, typed["next"])
        except (SignInRefusedError, KeystoneAwayError) as error:
            return door.form(request, typed, error)

    @router.post("/sign-out")
    def sign_out(request: Request) -> RedirectResponse:
        return door.leave(request)

    return router


def _credentials(typed: dict[str, str], password: str) -> Credentials:
    return Credentials(
        user=typed["user"],
        password=password,
        user_domain=typed["user_domain"],
        project=None if typed["scope"] == "system" else typed["project"],
        project_domain=typed["project_domain"],
    )


def _go(request: Request, to: str, secret: str) -> RedirectResponse:
    root = root_of(request.scope)
    cookie = cookie_of(request.scope, root, secret)
    return RedirectResponse(f"{root}/ui/{to}", 303, {"set-cookie": cookie})
