"""``/ui/subscriptions/new`` and ``/ui/subscriptions/{id}/edit``."""

import re
from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from vifcast.api.authentication import AsCaller
from vifcast.delivery.destinations import refuse_forbidden
from vifcast.errors import ConfigError, ConflictError, InvalidValueError
from vifcast.identity.caller import Caller, of_owner
from vifcast.identity.policy import ForbiddenError
from vifcast.subscription import expression
from vifcast.subscription.message import MessageType
from vifcast.subscription.subscription import Format, Subscription
from vifcast.web import subscription_form as form
from vifcast.web.format_examples import example
from vifcast.web.pages.subscriptions import SubscriptionId
from vifcast.web.redirects import see_other
from vifcast.web.site import Site
from vifcast.web.typed import Typed

_REVISION = re.compile(r"[0-9]{1,19}")
_CREATE = "vifcast:subscription:create"


def routes(site: Site) -> APIRouter:
    """Before those of one subscription, whose paths end with an id."""
    router = APIRouter()

    @router.get("/subscriptions/new")
    def new(request: Request, caller: AsCaller) -> HTMLResponse:
        view = site.policy.view(caller, _CREATE)
        return _page(site, request, caller, form.BLANK, {}, has_details=view.has_details)

    @router.post("/subscriptions/new")
    def create(request: Request, caller: AsCaller, typed: Typed) -> HTMLResponse:
        view = site.policy.view(caller, _CREATE)
        fields = form.BLANK | typed
        draft, mistakes = form.draft_of(fields)
        mistakes |= form.mistakes_of(
            draft,
            has_details=view.has_details,
            is_elsewhere=True,
            refuse_url=_refuse_url(site),
        )
        try:
            if not mistakes:
                made = site.subscriptions.create(caller, draft)
                return issued(site, request, made.subscription, made.secret, done="created")
        except (ConfigError, ConflictError, ForbiddenError, InvalidValueError) as error:
            mistakes = {"": str(error)}
        return _page(site, request, caller, fields, mistakes, has_details=view.has_details)

    @router.get("/subscriptions/{subscription_id}/edit")
    def edit(request: Request, caller: AsCaller, subscription_id: SubscriptionId) -> HTMLResponse:
        found = site.subscriptions.get(caller, subscription_id, "update")
        fields = form.fields_of(found, site.subscriptions.shown.of(found))
        return _edit_page(site, request, caller, found, fields, {})

    @router.post("/subscriptions/{subscription_id}/edit")
    def update(
        request: Request, caller: AsCaller, subscription_id: SubscriptionId, typed: Typed
    ) -> Response:
        found = site.subscriptions.get(caller, subscription_id, "update")
        shown = site.subscriptions.shown.of(found)
        # A check mark that is not set is not sent.
        present = form.fields_of(found, shown) | {"declare": ""}
        fields = present | typed | {"target": found.target}
        draft, mistakes = form.draft_of(fields)
        changes = form.changes_of(draft, found, shown, fields)
        mistakes |= form.mistakes_of(
            draft,
            has_details=_has_details(site, found),
            is_elsewhere="url" in changes,
            refuse_url=_refuse_url(site),
        )
        try:
            if not mistakes:
                revision = _revision(fields["revision"])
                site.subscriptions.update(caller, found.id, changes, revision)
                return see_other(request, f"subscriptions/{found.id}", done="changed")
        except (ConfigError, ConflictError, ForbiddenError, InvalidValueError) as error:
            mistakes = {"": str(error)}
        return _edit_page(site, request, caller, found, fields, mistakes)

    return router


def issued(
    site: Site, request: Request, of: Subscription, secret: str | None, *, done: str
) -> HTMLResponse:
    """The page with a new secret, which is shown this once."""
    shown = site.subscriptions.shown.of(of)
    return site.renderer.page(
        request, "subscription_issued.html", subscription=of, shown=shown, secret=secret, done=done
    )


def _page(
    site: Site,
    request: Request,
    caller: Caller,
    fields: form.Fields,
    mistakes: form.Mistakes,
    *,
    has_details: bool,
    subscription: Subscription | None = None,
) -> HTMLResponse:
    reach = site.policy.reach(caller)
    formats = [each for each in Format if has_details or each is not Format.NOVA]
    return site.renderer.page(
        request,
        "subscription_form.html",
        422 if mistakes else 200,
        subscription=subscription,
        fields=fields,
        mistakes=mistakes,
        examples={each: example(each, has_details=has_details) for each in formats},
        filter_fields=[each for each in expression.FIELDS if has_details or each != "host"],
        timeout_s=f"{site.settings.delivery.timeout_s:g}",
        types=[each for each in MessageType if each is not MessageType.TEST],
        sees_all=reach is not None and reach.project_id is None,
    )


def _revision(text: str) -> int:
    """Of the subscription when the form was loaded. Raises InvalidValueError."""
    if not _REVISION.fullmatch(text):
        raise InvalidValueError("the form has no revision of the subscription; load the page again")
    return int(text)


def _edit_page(
    site: Site,
    request: Request,
    caller: Caller,
    of: Subscription,
    fields: form.Fields,
    mistakes: form.Mistakes,
) -> HTMLResponse:
    details = _has_details(site, of)
    return _page(site, request, caller, fields, mistakes, has_details=details, subscription=of)


def _has_details(site: Site, of: Subscription) -> bool:
    """What is sent is what its owner sees, whoever changes it."""
    reach = site.policy.reach(of_owner(of.owner))
    return reach is not None and reach.has_details


def _refuse_url(site: Site) -> Callable[[str], None]:
    return partial(refuse_forbidden, allowed=site.settings.delivery.allowed_networks)
