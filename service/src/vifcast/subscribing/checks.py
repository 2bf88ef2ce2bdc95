"""Checks a draft, whoever wants it: what is wrong becomes a sentence."""

import datetime as dt
import math
from collections.abc import Mapping

from msgspec.structs import replace

from vifcast.errors import InvalidValueError
from vifcast.subscribing.credentials import check_ca_certificate, check_client_certificate
from vifcast.subscribing.draft import Draft
from vifcast.subscribing.headers import checked_headers
from vifcast.subscribing.urls import checked_amqp_url, checked_http_url
from vifcast.subscription import expression
from vifcast.subscription.secrets import OAuth2
from vifcast.subscription.subscription import Target

MAX_DESCRIPTION = 1000
MIN_RATE_PER_S = 0.001
MAX_RATE_PER_S = 100_000.0

_MAX_SETTING = 255
_MAX_OF_OAUTH2 = 4096
# Which settings a target has.
_SETTINGS: Mapping[Target, frozenset[str]] = {
    Target.WEBHOOK: frozenset(),
    Target.AMQP: frozenset({"exchange", "routing_key", "declare"}),
}


def checked(draft: Draft, now: dt.datetime) -> Draft:
    """The draft as it is kept. Raises InvalidValueError."""
    _check_description(draft.description)
    _check_rate(draft.rate_per_s)
    _check_settings(draft.target, draft.settings)
    check_client_certificate(draft.client_certificate, draft.client_key, now)
    check_ca_certificate(draft.ca_certificate, now)
    _check_oauth2(draft.oauth2)
    wanted = expression.parse(draft.filter).text
    headers = checked_headers(draft.headers, has_oauth2=draft.oauth2 is not None)
    if draft.target is Target.WEBHOOK:
        url, password = checked_http_url(draft.url), None
    else:
        _refuse_of_webhooks(draft)
        url, password = checked_amqp_url(draft.url)
    return replace(
        draft, url=url, password=password or draft.password, filter=wanted, headers=headers
    )


def _check_description(text: str) -> None:
    if len(text) > MAX_DESCRIPTION or not all(each.isprintable() or each == "\n" for each in text):
        raise InvalidValueError(
            f"description must have at most {MAX_DESCRIPTION} characters, and no control characters"
        )


def _check_rate(rate_per_s: float | None) -> None:
    if rate_per_s is None:
        return
    if not math.isfinite(rate_per_s) or not MIN_RATE_PER_S <= rate_per_s <= MAX_RATE_PER_S:
        raise InvalidValueError(
            f"rate_per_s must be at least {MIN_RATE_PER_S:g}, which is one in "
            f"{1 / MIN_RATE_PER_S:.0f} s, and at most {MAX_RATE_PER_S:.0f}; for no limit leave it "
            "out, to send nothing pause the subscription"
        )


def _check_settings(target: Target, settings: Mapping[str, str]) -> None:
    known = _SETTINGS[target]
    for name, value in settings.items():
        if name not in known:
            these = f"has {', '.join(sorted(known))}" if known else "has none"
            raise InvalidValueError(
                f"settings: {name[:60]!r} is unknown; the target {target} {these}"
            )
        if name == "declare" and value not in ("true", "false"):
            raise InvalidValueError(f"settings: declare is true or false, not {value[:60]!r}")
        if len(value) > _MAX_SETTING or not value.isprintable():
            raise InvalidValueError(
                f"settings: {name} must have at most {_MAX_SETTING} printable characters"
            )
    if target is Target.AMQP and not settings.get("exchange"):
        raise InvalidValueError(
            "settings: exchange is missing; it is the exchange that messages are published to"
        )


def _check_oauth2(oauth2: OAuth2 | None) -> None:
    if oauth2 is None:
        return
    checked_http_url(oauth2.token_url, "oauth2.token_url")
    for name in ("client_id", "client_secret"):
        value: str = getattr(oauth2, name)
        if not 0 < len(value) <= _MAX_OF_OAUTH2 or not value.isprintable():
            raise InvalidValueError(
                f"oauth2.{name} must have 1 to {_MAX_OF_OAUTH2} printable characters"
            )
    if oauth2.scope is not None and (
        len(oauth2.scope) > _MAX_OF_OAUTH2 or not oauth2.scope.isprintable()
    ):
        raise InvalidValueError(
            f"oauth2.scope must have at most {_MAX_OF_OAUTH2} printable characters"
        )


def _refuse_of_webhooks(draft: Draft) -> None:
    if draft.oauth2 is not None or draft.headers:
        raise InvalidValueError(
            "headers and oauth2 are for the target webhook; a broker takes the user and password "
            "of its URL, or a client certificate"
        )
