"""What may be missing in the ledger, and what in it needs somebody."""

from collections.abc import Iterator, Mapping

from vifcast.gap import GapReason
from vifcast.host import HostState
from vifcast.statistics import Counts
from vifcast.web.findings.finding import Finding, Level, Where
from vifcast.web.findings.texts import _, ngettext

# So many operations of an hour, and such a part of them, before their failing is a finding.
_SOME = 5
_MANY = 0.5

# Of single hosts: the finding about hosts says it.
_OF_HOSTS = frozenset({GapReason.HOST_SILENT, GapReason.HOST_OFF})


def look_at_hosts(hosts: Mapping[HostState, int]) -> Iterator[Finding]:
    """Compute hosts whose NICs are not reported."""
    silent, off = hosts[HostState.SILENT], hosts[HostState.OFF]
    if silent:
        yield Finding(
            Level.BAD,
            ngettext(
                "A compute host is silent: its NICs are not reported.",
                "%(number)s compute hosts are silent: their NICs are not reported.",
                silent,
            ),
            _("Look whether nova-compute runs there; vifcast-nova check on it finds the rest."),
            Where("hosts", {"state": "silent"}),
        )
    if off:
        yield Finding(
            Level.BAD,
            ngettext(
                "On a compute host vifcast-nova is off.",
                "On %(number)s compute hosts vifcast-nova is off.",
                off,
            ),
            _("The list of hosts has the reason of each; vifcast-nova check prints what to do."),
            Where("hosts", {"state": "off"}),
        )


def look_at_overdue(overdue: int) -> Iterator[Finding]:
    """Operations that have not ended."""
    if overdue:
        yield Finding(
            Level.WAIT,
            ngettext(
                "An operation is overdue: it started and has not ended.",
                "%(number)s operations are overdue: they started and have not ended.",
                overdue,
            ),
            _("Look for the request id in the log of nova-compute on its host."),
            Where("", {"outcome": "overdue"}),
        )


def look_at_failures(hour: Counts) -> Iterator[Finding]:
    """Operations of the last hour, where many of them failed."""
    ended = hour.succeeded + hour.failed
    if hour.failed >= _SOME and hour.failed >= _MANY * ended:
        yield Finding(
            Level.BAD,
            _(
                "Of %(ended)s operations in the last hour, %(failed)s failed.",
                ended=ended,
                failed=hour.failed,
            ),
            _("The failed ones below name the reason."),
            Where("", {"outcome": "failed"}),
        )


def look_at_letters(letters: int) -> Iterator[Finding]:
    """What could not be understood since yesterday."""
    if letters:
        yield Finding(
            Level.WAIT,
            ngettext(
                "A notification of the last 24 hours could not be understood.",
                "%(number)s notifications of the last 24 hours could not be understood.",
                letters,
            ),
            _("They are kept as dead letters, each with its reason."),
            Where("dead-letters"),
        )


def look_at_gaps(
    gaps: Mapping[tuple[str | None, GapReason, str], int], *, sees_hosts: bool
) -> Iterator[Finding]:
    """Spans of time of which something may be missing."""
    counts = {"open": 0, "closed": 0}
    for (_region, reason, state), number in gaps.items():
        if state in counts and reason not in _OF_HOSTS:
            if reason is GapReason.HOST_DROPPED and not sees_hosts:
                continue
            counts[state] += number
    if counts["open"]:
        yield Finding(
            Level.WAIT,
            ngettext(
                "A gap is open: something of now may be missing.",
                "%(number)s gaps are open: something of now may be missing.",
                counts["open"],
            ),
            _("vifcast gaps lists since when and why."),
        )
    if counts["closed"]:
        yield Finding(
            Level.WAIT,
            ngettext(
                "A gap is not reconciled: something of that time may be missing.",
                "%(number)s gaps are not reconciled: something of those times may be missing.",
                counts["closed"],
            ),
            _(
                "vifcast reconcile compares with the cloud and corrects what is attached now; "
                "with [reconcile] after_gap it does so by itself."
            ),
        )


def look_at_first() -> Iterator[Finding]:
    """Nothing was ever heard."""
    yield Finding(
        Level.WAIT,
        _("No notification about a NIC has arrived yet."),
        _(
            "Attach a NIC. If it does not appear here, vifcast doctor finds out why; vifcast-nova "
            "check does on a compute host."
        ),
    )
