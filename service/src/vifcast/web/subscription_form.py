"""The form of a subscription: what was typed as a draft, and each mistake with its field."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec.structs import replace

from vifcast import times
from vifcast.errors import InvalidValueError
from vifcast.identity.policy import ForbiddenError
from vifcast.subscribing.allowed import refuse_details
from vifcast.subscribing.checks import checked
from vifcast.subscribing.draft import Draft
from vifcast.subscription.secrets import OAuth2, SignatureKind
from vifcast.subscription.subscription import Format, Ordering, Subscription, Target

T = TypeVar("T")

Fields = dict[str, str]
Mistakes = dict[str, str]

BLANK: Fields = {
    **dict.fromkeys(("description", "url", "filter", "rate_per_s", "project_id"), ""),
    **dict.fromkeys(("exchange", "routing_key", "declare", "headers"), ""),
    **dict.fromkeys(("client_certificate", "client_key", "ca_certificate"), ""),
    **{f"oauth2_{name}": "" for name in ("token_url", "client_id", "client_secret", "scope")},
    "target": Target.WEBHOOK,
    "format": Format.CLOUDEVENTS,
    "ordering": Ordering.INSTANCE,
    "signing": SignatureKind.HMAC,
}
_OPEN = ("description", "url", "filter", "format", "ordering", "rate_per_s", "settings")

# A draft in which nothing is wrong, to check the fields of another one in turn.
_GOOD = {
    Target.WEBHOOK: Draft(url="https://cmp.example.org/"),
    Target.AMQP: Draft(
        url="amqps://rabbit.example.org/", target=Target.AMQP, settings={"exchange": "nic"}
    ),
}
_OAUTH2 = OAuth2(token_url="https://id.example.org/", client_id="id", client_secret="-")  # noqa: S106 - none
# What nobody can read.
_SECRETS = {
    "headers": ("headers",),
    "client": ("client_certificate", "client_key"),
    "oauth2": ("oauth2",),
}
# By the field that a mistake stands beside: what of a draft it is about.
_PARTS = {
    "description": ("description",),
    "url": ("url",),
    "exchange": ("settings",),
    "filter": ("filter",),
    "format": ("format",),
    "rate_per_s": ("rate_per_s",),
    "headers": ("headers",),
    "client_certificate": ("client_certificate", "client_key"),
    "ca_certificate": ("ca_certificate",),
    "oauth2_token_url": ("oauth2",),
}


def fields_of(subscription: Subscription, shown: Mapping[str, Any]) -> Fields:
    """The form of a subscription that is to be changed; ``shown`` is its JSON."""
    rate = subscription.rate_per_s
    return {
        **BLANK,
        "target": subscription.target,
        "description": subscription.description,
        "url": subscription.url,
        "filter": subscription.filter,
        "format": subscription.format,
        "ordering": subscription.ordering,
        "rate_per_s": "" if rate is None else f"{rate:g}",
        "project_id": subscription.project_id or "",
        **subscription.settings,
        "ca_certificate": shown["ca_certificate"] or "",
        "revision": str(subscription.revision),
    }


def draft_of(fields: Fields) -> tuple[Draft, Mistakes]:
    """What was typed, and what of it cannot be read at all."""
    mistakes: Mistakes = {}

    def read(field: str, how: Callable[[str], T], otherwise: T) -> T:
        try:
            return how(fields[field])
        except ValueError:
            mistakes[field] = f"{fields[field][:60]!r} is none of the choices"
        except InvalidValueError as error:
            mistakes[field] = str(error)
        return otherwise

    target = read("target", Target, Target.WEBHOOK)
    is_webhook = target is Target.WEBHOOK
    return (
        Draft(
            target=target,
            url=fields["url"],
            description=fields["description"],
            filter=fields["filter"],
            format=read("format", Format, Format.CLOUDEVENTS),
            ordering=read("ordering", Ordering, Ordering.INSTANCE),
            rate_per_s=read("rate_per_s", _rate, None),
            settings={} if is_webhook else _settings(fields),
            headers=read("headers", _headers, {}) if is_webhook else {},
            client_certificate=_pem(fields["client_certificate"]),
            client_key=_pem(fields["client_key"]),
            ca_certificate=_pem(fields["ca_certificate"]),
            oauth2=_oauth2(fields) if is_webhook else None,
            signing=read("signing", SignatureKind, SignatureKind.HMAC),
            project_id=fields["project_id"] or None,
        ),
        mistakes,
    )


def mistakes_of(
    draft: Draft, *, has_details: bool, is_elsewhere: bool, refuse_url: Callable[[str], None]
) -> Mistakes:
    """What is wrong, by field. ``is_elsewhere``: the URL is not the one that it was."""
    now = times.now()
    found: Mistakes = {}
    for field, names in _PARTS.items():
        try:
            _check(draft, names, now, has_details=has_details)
        except (InvalidValueError, ForbiddenError) as error:
            found[field] = str(error)
    addresses: Fields = {}
    if draft.target is Target.WEBHOOK and is_elsewhere:
        addresses["url"] = draft.url
    if draft.oauth2 is not None:
        addresses["oauth2_token_url"] = draft.oauth2.token_url
    for field, url in addresses.items():
        try:
            if field not in found:
                refuse_url(url)
        except InvalidValueError as error:
            found[field] = str(error)
    return found


def changes_of(
    draft: Draft, of: Subscription, shown: Mapping[str, Any], fields: Fields
) -> dict[str, Any]:
    """What of a subscription is to be replaced by what was typed; ``shown`` is its JSON.

    What nobody can read stays unless something else was typed, or it is to be removed.
    """
    changes = {
        name: getattr(draft, name) for name in _OPEN if getattr(draft, name) != getattr(of, name)
    }
    if (draft.ca_certificate or "").strip() != (shown["ca_certificate"] or "").strip():
        changes["ca_certificate"] = draft.ca_certificate
    for group, names in _SECRETS.items():
        typed = {name: getattr(draft, name) for name in names}
        if any(typed.values()) or fields.get(f"{group}_removed"):
            changes |= typed
    return changes


def _check(draft: Draft, names: tuple[str, ...], now: dt.datetime, *, has_details: bool) -> None:
    good = _GOOD[draft.target]
    changes: dict[str, Any] = {name: getattr(draft, name) for name in names}
    if "headers" in names and draft.oauth2 is not None:
        changes["oauth2"] = _OAUTH2
    part = checked(replace(good, **changes), now)
    if not has_details:
        refuse_details(part)


def _settings(fields: Fields) -> dict[str, str]:
    given = {name: fields[name] for name in ("exchange", "routing_key") if fields[name]}
    return given | ({"declare": "true"} if fields["declare"] == "true" else {})


def _rate(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise InvalidValueError(
            f"{text[:60]!r} is no number; write one such as 50, or nothing for no limit"
        ) from None


def _headers(text: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        name, colon, value = line.partition(":")
        if not colon:
            # It may be a value, which is secret.
            raise InvalidValueError("each line is a name, a colon and a value: X-Api-Key: s3cr3t")
        if name.strip() in headers:
            raise InvalidValueError(f"{name.strip()[:60]} is given twice; give it once")
        headers[name.strip()] = value.strip()
    return headers


def _pem(text: str) -> str | None:
    return f"{text}\n" if text else None


def _oauth2(fields: Fields) -> OAuth2 | None:
    token_url, client_id, client_secret, scope = (
        fields[f"oauth2_{name}"] for name in ("token_url", "client_id", "client_secret", "scope")
    )
    if not any((token_url, client_id, client_secret, scope)):
        return None
    return OAuth2(
        token_url=token_url, client_id=client_id, client_secret=client_secret, scope=scope or None
    )
