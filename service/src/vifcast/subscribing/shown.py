"""Subscriptions as JSON: of their secrets only what is none."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from vifcast import times
from vifcast.errors import ConfigError, InvalidValueError
from vifcast.representation import destination_json, subscription_json
from vifcast.secret_box import SecretBox
from vifcast.store import Store, Subscribing
from vifcast.subscribing.signing_keys import active, public_key
from vifcast.subscription.secrets import OAuth2, Secrets
from vifcast.subscription.standing import Standing
from vifcast.subscription.subscription import Destination, Subscription

if TYPE_CHECKING:
    from vifcast.delivery.prober import Probe

# People need not know more exactly; more is shown as "more than".
MOST_COUNTED = 10_000
MOST_DELIVERED = 1000


class Shown:
    """Reads beside each subscription what its secrets are called, and how sending to it goes."""

    def __init__(self, store: Store, secret_box: Callable[[], SecretBox]) -> None:
        self._kept = Subscribing(store)
        self._secret_box = secret_box

    def of(self, subscription: Subscription) -> dict[str, Any]:
        """One."""
        return self.all([subscription])[0]

    def all(self, subscriptions: Sequence[Subscription]) -> list[dict[str, Any]]:
        """Several."""
        if not subscriptions:
            return []
        now = times.now()
        destinations = self._kept.destinations(subscriptions)
        return [
            {
                **subscription_json(each),
                **self._credentials(each, now),
                "destination": destination_json(
                    destinations.get(each.id) or Destination(subscription_id=each.id), now
                ),
            }
            for each in subscriptions
        ]

    def standings(self, subscriptions: Sequence[Subscription]) -> list[Standing]:
        """How it goes with these; at most ``MOST_COUNTED`` and one of each are counted."""
        return self._kept.standings(subscriptions, MOST_COUNTED)

    def delivered_since(self, subscription: Subscription, since: dt.datetime) -> int:
        """How many were delivered since then, as far as ``MOST_DELIVERED``."""
        return self._kept.delivered_since(subscription.id, since, MOST_DELIVERED)

    def given_up(self, subscription: Subscription) -> int:
        """How many deliveries are dead; at most ``MOST_COUNTED`` and one are counted."""
        return self._kept.given_up(subscription.id, MOST_COUNTED)

    def _credentials(self, of: Subscription, now: dt.datetime) -> dict[str, Any]:
        secrets, problem = Secrets(), None
        if of.secrets is not None:
            try:
                secrets = self._secret_box().open(of.secrets)
            except (ConfigError, InvalidValueError) as error:
                problem = str(error)
        return {
            "header_names": sorted(secrets.headers),
            "client_certificate": secrets.client_certificate,
            "ca_certificate": secrets.ca_certificate,
            "oauth2": _oauth2(secrets.oauth2),
            "signing": [
                {
                    "kind": each.kind,
                    "created_at": times.to_text(each.created_at),
                    "expires_at": times.to_text(each.expires_at),
                    "public_key": public_key(each),
                }
                for each in active(secrets.signing, now)
            ],
            "secrets_problem": problem,
        }


def _oauth2(known: OAuth2 | None) -> dict[str, Any] | None:
    if known is None:
        return None
    return {"token_url": known.token_url, "client_id": known.client_id, "scope": known.scope}


def probe_json(found: "Probe") -> dict[str, Any]:
    """A test message, and what came of it."""
    request, publication = found.request, found.publication
    return {
        "message_id": found.message_id,
        "is_delivered": found.answer.is_delivered,
        "request": request
        and {"url": found.url, "headers": dict(request.headers), "body": _text(request.body)},
        "publication": publication
        and {
            "url": found.url,
            "exchange": publication.exchange,
            "routing_key": publication.routing_key,
            "content_type": publication.content_type,
            "headers": dict(publication.headers),
            "body": _text(publication.body),
        },
        "broker_answer": found.answer.broker,
        "status_code": found.answer.status_code,
        "error": found.answer.error,
        "answer": found.answer.body,
        "address": found.answer.address,
        "duration_ms": found.duration_ms,
    }


def _text(body: bytes) -> str:
    return body.decode(errors="replace")
