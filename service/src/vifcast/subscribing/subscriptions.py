"""``Subscriptions``: made, changed, tested and removed, as far as the policy lets a caller."""

import datetime as dt
import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from vifcast import times
from vifcast.delivery_settings import DeliverySettings
from vifcast.errors import BusyError, ConflictError, NotFoundError, QuotaError
from vifcast.identity.caller import Caller, of_owner
from vifcast.identity.policy import ForbiddenError, Policy
from vifcast.secret_box import SecretBox
from vifcast.store import Page, Store, Subscribing
from vifcast.subscribing.allowed import Allowed, RefuseUrl
from vifcast.subscribing.checks import checked
from vifcast.subscribing.draft import OF_SECRETS, Draft, changed, draft_of, is_elsewhere
from vifcast.subscribing.sealed import Sealed
from vifcast.subscribing.shown import Shown
from vifcast.subscribing.signing_keys import new_secret, rotated, shared
from vifcast.subscribing.visible import owner_of, sees
from vifcast.subscription.secrets import Secrets, SignatureKind, SigningSecret
from vifcast.subscription.subscription import Subscription, SubscriptionState, Target

if TYPE_CHECKING:
    from vifcast.delivery.prober import Probe

LOG = logging.getLogger(__name__)

_RULE = "vifcast:subscription:"
# Somebody else may change it at the same time.
_TRIES = 5
# Each test holds a thread until the receiver answers, or does not.
_TESTS = 4


@dataclass(frozen=True, slots=True)
class Issued:
    """A subscription with a new secret; ``secret`` is None where the public key does."""

    subscription: Subscription
    secret: str | None


class Subscriptions:
    """Those of one database, for any caller; from any thread.

    ``secret_box`` is called where there are secrets, and ``refuse`` with each URL that is to be
    sent to: it raises InvalidValueError where that must not be. Methods raise ForbiddenError,
    NotFoundError, InvalidValueError, ConflictError, ConfigError and StoreError.
    """

    def __init__(
        self,
        store: Store,
        policy: Policy,
        secret_box: Callable[[], SecretBox],
        refuse: RefuseUrl,
        settings: DeliverySettings,
    ) -> None:
        self._kept = Subscribing(store)
        self._policy = policy
        self._sealed = Sealed(secret_box)
        self._allowed = Allowed(policy, refuse)
        self._settings = settings
        self._tests = threading.BoundedSemaphore(_TESTS)
        self.shown = Shown(store, secret_box)

    def create(self, caller: Caller, draft: Draft) -> Issued:
        """Make one; the caller is its owner."""
        view = self._policy.view(caller, f"{_RULE}create")
        now = times.now()
        project_id = self._allowed.project_of(view, draft.project_id)
        draft = self._allowed.draft(caller, caller, checked(draft, now))
        signing: tuple[SigningSecret, ...] = ()
        if draft.target is Target.WEBHOOK:
            signing = (new_secret(draft.signing, now),)
        new = Subscription(
            id=str(uuid.uuid4()),
            target=draft.target,
            project_id=project_id,
            owner=owner_of(caller),
            secrets=self._sealed.of_draft(draft, Secrets(signing=signing)),
            state=SubscriptionState.ACTIVE,
            state_reason=None,
            state_at=now,
            created_at=now,
            updated_at=now,
            revision=0,
            **_open_fields(draft),
        )
        kept = self._kept.add(new, self._settings.max_subscriptions)
        if kept is None:
            whose = "the whole system has" if project_id is None else f"project {project_id} has"
            raise QuotaError(
                f"{whose} {self._settings.max_subscriptions} subscriptions, as many as "
                "max_subscriptions in [delivery] allows; delete one, or have an operator raise it"
            )
        LOG.info("subscription %s of %s made by %s", kept.id, _of(kept), caller.name)
        return Issued(kept, shared(signing[0]) if signing else None)

    def page(
        self, caller: Caller, *, project: str | None = None, limit: int, cursor: str | None
    ) -> Page[Subscription]:
        """Those that the caller may see, the oldest first."""
        view = self._policy.view(caller, f"{_RULE}list")
        wanted = view.project_id or project
        if project not in (None, wanted):
            raise ForbiddenError(
                f"parameter project: the token is for project {wanted}; leave the parameter out, "
                "or ask with a token for that project or for the whole system"
            )
        found = self._kept.search(wanted, limit=limit, cursor=cursor)
        # What an admin made for a project is the admin's; a page may be shorter for it.
        items = [each for each in found.items if sees(self._policy, view, each)]
        return Page(items, found.next_cursor)

    def get(self, caller: Caller, subscription_id: str, what: str = "show") -> Subscription:
        """One, for who may do that with it."""
        view = self._policy.view(caller, f"{_RULE}{what}")
        found = self._kept.get(subscription_id)
        if found is None or not sees(self._policy, view, found):
            raise NotFoundError(f"there is no subscription {subscription_id[:60]!r}")
        return found

    def update(
        self,
        caller: Caller,
        subscription_id: str,
        changes: dict[str, Any],
        revision: int | None = None,
    ) -> Subscription:
        """Replace some fields; with ``revision``, only those of a subscription that has it."""

        def change(found: Subscription, now: dt.datetime) -> Subscription:
            if revision is not None and found.revision != revision:
                raise ConflictError(
                    f"subscription {found.id} has revision {found.revision} by now, not "
                    f"{revision}: somebody changed it; read it again"
                )
            return self._changed(caller, found, changes, now)

        return self._change(caller, subscription_id, change)

    def pause(self, caller: Caller, subscription_id: str) -> Subscription:
        """What is for it waits from now on."""
        return self._change(
            caller,
            subscription_id,
            lambda found, now: replace(
                found,
                state=SubscriptionState.PAUSED,
                state_reason=f"paused by {caller.name}",
                state_at=now,
            ),
        )

    def resume(self, caller: Caller, subscription_id: str) -> Subscription:
        """What waits is sent, also of one that was disabled."""
        return self._change(
            caller,
            subscription_id,
            lambda found, now: replace(
                found, state=SubscriptionState.ACTIVE, state_reason=None, state_at=now
            ),
        )

    def test(self, caller: Caller, subscription_id: str) -> "Probe":
        """Send a test message now, in any state, and wait for the answer.

        Raises BusyError where too many wait already.
        """
        # Imported here: the library for HTTP takes a moment, which only this needs.
        from vifcast.delivery.prober import probe  # noqa: PLC0415

        found = self.get(caller, subscription_id, "test")
        if not self._tests.acquire(blocking=False):
            raise BusyError(f"{_TESTS} test messages are being sent already; try again in a moment")
        try:
            return probe(found, self._sealed.open(found), self._policy, self._settings, caller.name)
        finally:
            self._tests.release()

    def remove(self, caller: Caller, subscription_id: str) -> None:
        """Remove it, and what was to be sent to it."""
        found = self.get(caller, subscription_id, "delete")
        self._kept.remove(found.id)
        LOG.info("subscription %s of %s removed by %s", found.id, _of(found), caller.name)

    def rotate_secret(
        self,
        caller: Caller,
        subscription_id: str,
        overlap: dt.timedelta,
        kind: SignatureKind | None = None,
    ) -> Issued:
        """A new secret; the present ones go on signing for ``overlap``.

        Where no key opens the secrets any more, all are removed for it.
        """
        made: list[str | None] = []

        def change(found: Subscription, now: dt.datetime) -> Subscription:
            if found.target is not Target.WEBHOOK:
                raise ConflictError(
                    f"subscription {found.id} has no secret: what is published to a broker is not "
                    "signed"
                )
            known = self._sealed.left(found)
            new = new_secret(kind or _kind_of(known), now)
            made[:] = [shared(new)]
            signing = rotated(known.signing, new, now, overlap)
            return replace(found, secrets=self._sealed.seal(replace(known, signing=signing)))

        kept = self._change(caller, subscription_id, change)
        LOG.info("secret of subscription %s rotated by %s", kept.id, caller.name)
        return Issued(kept, made[0])

    def _change(
        self,
        caller: Caller,
        subscription_id: str,
        change: Callable[[Subscription, dt.datetime], Subscription],
    ) -> Subscription:
        for _ in range(_TRIES):
            found = self.get(caller, subscription_id, "update")
            now = times.now()
            kept = self._kept.change(change(found, now), now)
            if kept is not None:
                LOG.info("subscription %s of %s changed by %s", kept.id, _of(kept), caller.name)
                return kept
        raise ConflictError(f"subscription {subscription_id} is being changed by others; try again")

    def _changed(
        self, caller: Caller, found: Subscription, changes: dict[str, Any], now: dt.datetime
    ) -> Subscription:
        # What was encrypted with a key that is gone stays so, unless something of it is to change.
        has_secrets = not OF_SECRETS.isdisjoint(changes) or (
            "url" in changes
            and (found.target is Target.AMQP or is_elsewhere(found.url, changes["url"]))
        )
        known = self._sealed.open(found) if has_secrets else Secrets()
        draft = checked(changed(draft_of(found, known), changes), now)
        draft = self._allowed.draft(caller, of_owner(found.owner), draft, changes)
        secrets = self._sealed.of_draft(draft, known) if has_secrets else found.secrets
        return replace(found, secrets=secrets, **_open_fields(draft))


def _open_fields(draft: Draft) -> dict[str, Any]:
    """What of a draft is no secret, and may change."""
    names = ("description", "url", "format", "filter", "ordering", "rate_per_s", "settings")
    return {name: getattr(draft, name) for name in names}


def _kind_of(known: Secrets) -> SignatureKind:
    return known.signing[0].kind if known.signing else SignatureKind.HMAC


def _of(subscription: Subscription) -> str:
    of_project = subscription.project_id
    return "all projects" if of_project is None else f"project {of_project}"
