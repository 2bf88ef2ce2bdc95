"""Whether subscriptions get what they are to be sent."""

import datetime as dt
from collections.abc import Iterator, Sequence
from textwrap import shorten

from vifcast import display
from vifcast.subscription.standing import Standing, StandingState
from vifcast.web.findings.finding import Finding, Level, Where
from vifcast.web.findings.texts import _, ngettext

# What nobody takes away waits for so long, though nothing fails: no process sends.
_OLD = dt.timedelta(minutes=5)
_LONGEST = 100


def look(standings: Sequence[Standing], now: dt.datetime) -> Iterator[Finding]:
    """Of the subscriptions that the caller sees."""
    disabled = [each for each in standings if each.state is StandingState.DISABLED]
    if disabled:
        yield Finding(
            Level.BAD,
            ngettext(
                "A subscription is disabled: %(first)s (%(reason)s).",
                "%(number)s subscriptions are disabled, %(first)s among them (%(reason)s).",
                len(disabled),
                first=name_of(disabled[0]),
                reason=_short(disabled[0].subscription.state_reason),
            ),
            _("Put the receiver right and resume the subscription; what it missed is sent then."),
            _where(disabled),
        )
    failing = [each for each in standings if each.state is StandingState.FAILING]
    if failing:
        # The one that has failed for the longest.
        failing.sort(key=lambda each: each.destination.failing_since_at or now)
        is_open = any(each.is_open(now) for each in failing)
        yield Finding(
            Level.BAD if is_open else Level.WAIT,
            ngettext(
                "A receiver fails: %(first)s (%(error)s).",
                "%(number)s receivers fail, %(first)s for the longest (%(error)s).",
                len(failing),
                first=name_of(failing[0]),
                error=_short(failing[0].destination.last_error),
            ),
            _("Put the receiver right. What waits is tried again by itself, in its order."),
            _where(failing),
        )
    left = [each for each in standings if _is_left(each, now)]
    if left:
        yield Finding(
            Level.BAD,
            ngettext(
                "A delivery waits, and no process sends it.",
                "%(number)s deliveries wait, and no process sends them.",
                sum(each.waiting for each in left),
            ),
            _("Start vifcast serve, or vifcast deliver with this database."),
            Where("subscriptions"),
        )


def name_of(standing: Standing) -> str:
    """What its owner calls it, or its short id."""
    return standing.subscription.description or display.short(standing.subscription.id)


def _short(text: str | None) -> str:
    """The first words of what is said at length on the subscription's own page."""
    return shorten(text or "", _LONGEST, placeholder=" …")


def _where(of: Sequence[Standing]) -> Where:
    if len(of) == 1:
        return Where(f"subscriptions/{of[0].subscription.id}")
    return Where("subscriptions")


def _is_left(of: Standing, now: dt.datetime) -> bool:
    if of.state is not StandingState.ACTIVE or of.oldest_at is None:
        return False
    heard = of.destination.last_success_at
    return now - of.oldest_at > _OLD and (heard is None or now - heard > _OLD)
