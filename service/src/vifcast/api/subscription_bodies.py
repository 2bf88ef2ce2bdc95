"""What is sent to ``/v1/subscriptions``. What is wrong with a value is said by ``subscribing``."""

import datetime as dt
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from vifcast.api.control_characters import Body
from vifcast.subscribing.draft import Draft
from vifcast.subscription.secrets import OAuth2, SignatureKind
from vifcast.subscription.subscription import Format, Ordering, Target

_MAX_OVERLAP_S = 30 * 86400
_DAY_S = 86400

_FILTER = "Conditions that all hold: `action=attach outcome=failed host!=compute-9*`; empty: none."
_PEM = "PEM."

_Headers = Annotated[
    dict[str, str],
    Field(description="Sent with each delivery. Their values are secret.",
          examples=[{"X-Api-Key": "s3cr3t"}]),
]  # fmt: skip


class OAuth2Body(Body):
    """Client credentials (RFC 6749, section 4.4) for the receiver."""

    model_config = ConfigDict(strict=False)

    token_url: str
    client_id: str
    client_secret: str
    scope: str | None = None


class SettingsBody(Body):
    """What the target `amqp` needs."""

    model_config = ConfigDict(strict=False)

    exchange: str = Field("", description="Where messages are published.")
    routing_key: str = Field(
        "",
        description="Of each message; default: `vifcast.` and its type. Of the format `nova`: the "
        "topic, `notifications` by default.",
    )
    declare: bool = Field(False, description="Make the exchange where it is not there.")


class _Fields(Body):
    """What can be given at first, and changed."""

    model_config = ConfigDict(strict=False)

    description: str = ""
    filter: str = Field("", description=_FILTER)
    format: Format = Field(Format.CLOUDEVENTS, description="See docs/webhooks.md.")
    ordering: Ordering = Field(
        Ordering.INSTANCE,
        description="`instance`: of one instance, one message after the other; `none`: no order, "
        "and more at once.",
    )
    # Strict, here and below: true is no number, and would be 1.
    rate_per_s: Annotated[float, Field(strict=True)] | None = Field(
        None, description="At most so many a second; null: no limit."
    )
    settings: SettingsBody | None = Field(None, description="Of the target `amqp`.")
    headers: _Headers | None = None
    client_certificate: str | None = Field(None, description=_PEM)
    client_key: str | None = Field(None, description=f"{_PEM} That of `client_certificate`.")
    ca_certificate: str | None = Field(
        None, description=f"{_PEM} The receiver's certificate is checked with these alone."
    )
    oauth2: OAuth2Body | None = None

    def given(self) -> dict[str, Any]:
        """What stands in the body, as a draft has it."""
        found = self.model_dump(exclude_unset=True)
        if found.get("oauth2") is not None:
            found["oauth2"] = OAuth2(**found["oauth2"])
        if found.get("settings"):
            found["settings"] = {
                name: str(value).lower() if isinstance(value, bool) else value
                for name, value in found["settings"].items()
            }
        return found


class SubscriptionBody(_Fields):
    """A new subscription."""

    url: str = Field(examples=["https://cmp.example.org/hooks/nic"])
    target: Target = Target.WEBHOOK
    signing: SignatureKind = Field(
        SignatureKind.HMAC, description="`v1`: HMAC-SHA256 with a shared secret; `v1a`: ed25519."
    )
    project_id: str | None = Field(
        None,
        min_length=1,
        max_length=255,
        description="Only this project's messages. Null: the caller's own project; for who sees "
        "all of them, all.",
    )

    def draft(self) -> Draft:
        """As it is checked."""
        given = self.given()
        for name in ("headers", "settings"):
            given[name] = given.get(name) or {}
        return Draft(**given)


class ChangeBody(_Fields):
    """Fields to replace; what is left out stays. Null is none, as at first."""

    url: str = Field(default_factory=str)
    revision: Annotated[int, Field(strict=True)] | None = Field(
        None, description="Change it only if it still has this `revision`; else 409."
    )

    def changes(self) -> dict[str, Any]:
        """What is to be replaced."""
        given = self.given()
        given.pop("revision", None)
        return given


class RotateBody(Body):
    """How the secret is rotated."""

    model_config = ConfigDict(strict=False)

    overlap_s: int = Field(
        _DAY_S,
        strict=True,
        ge=0,
        le=_MAX_OVERLAP_S,
        description="For so long the present secrets go on signing, beside the new one.",
    )
    signing: SignatureKind | None = Field(None, description="Null: as it is.")

    @property
    def overlap(self) -> dt.timedelta:
        """The same as a duration."""
        return dt.timedelta(seconds=self.overlap_s)
