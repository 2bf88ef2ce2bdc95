"""Checks that the store can be read and written, and reports what it knows."""

from collections.abc import Iterator

from vifcast import times
from vifcast.bus.topology import topology_from
from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, fail, ok, sentence, warn
from vifcast.errors import StoreError
from vifcast.host import HostState, LaneState
from vifcast.store import HostQuery

# So many hosts are named.
_HOSTS = 10

_HOST_LANE = "host lane"


def look(case: Case) -> Iterator[Line]:
    """The line of the database, which stays open for the other checks."""
    try:
        store = case.opened_store()
        store.check()
    except StoreError as error:
        yield fail(
            "database",
            sentence(error),
            "Run this with the configuration and as the user of vifcast serve. If the database "
            "is down, nothing is lost: vifcast serve continues once it is back.",
        )
        return
    yield ok("database", f"{store.location}: readable, writable, schema up to date.")


def look_at_sources(case: Case) -> Iterator[Line]:
    """When each source sent its last event."""
    if case.store is None:
        return
    found = [
        f"{each.source}: events {each.events}, last one at {times.to_text(each.last_event_at)}, "
        f"received {times.to_text(each.last_received_at)}"
        for each in case.store.sources()
    ]
    if found:
        yield ok("sources", f"{'; '.join(found)}.")
    else:
        yield warn(
            "sources",
            "no notification about a NIC has been stored yet.",
            "Attach a NIC. If no notification arrives, run `vifcast-nova check` on that compute "
            "host, and this command with --send-probe.",
        )


def look_at_hosts(case: Case) -> Iterator[Line]:
    """Which compute hosts do not report."""
    if case.store is None:
        return
    now = times.now()
    counts = {state: n for state, n in case.store.hosts_by_state(now=now).items() if n}
    if not counts:
        yield warn(
            "hosts",
            "no compute host has reported yet.",
            "Install vifcast-nova on the compute hosts (docs/nova.md); `vifcast-nova check` there "
            "finds what is missing.",
        )
        return
    numbers = ", ".join(f"{number} {state}" for state, number in counts.items())
    bad = [state for state in (HostState.SILENT, HostState.OFF) if state in counts]
    if not bad:
        yield ok("hosts", f"{numbers}.")
        return
    page = case.store.hosts(HostQuery(states=tuple(bad)), now=now, limit=_HOSTS)
    names = ", ".join(f"{host.host} ({host.state})" for host in page.items)
    yield warn(
        "hosts",
        f"{numbers}: {names}{', …' if page.next_cursor else ''}.",
        "Run `vifcast-nova check` there; `vifcast hosts` shows the reasons.",
    )


def look_at_lane(case: Case) -> Iterator[Line]:
    """Which compute hosts do not use the lane."""
    if case.store is None or not any(topology_from(each).lane for each in case.settings.brokers):
        return
    counts = case.store.hosts_by_lane(now=times.now())
    if not counts:
        return
    numbers = ", ".join(f"{number} {state or 'without a lane'}" for state, number in counts.items())
    if set(counts) <= {LaneState.USED, LaneState.UNKNOWN}:
        yield ok(_HOST_LANE, f"{numbers}.")
        return
    yield warn(
        _HOST_LANE,
        f"{numbers}: a restart of RabbitMQ can lose notifications of hosts that do not use it.",
        "`vifcast hosts` shows the reason for each host; one without a lane has an older "
        "vifcast-nova, or sends without the outbox.",
    )


def look_at_gaps(case: Case) -> Iterator[Line]:
    """The gaps, and how many of them are not reconciled."""
    if case.store is None:
        return
    counts = case.store.gaps_by_reason(now=times.now())
    numbers = {
        state: sum(number for (_, _, each), number in counts.items() if each == state)
        for state in ("open", "closed", "reconciled")
    }
    sums = (
        f"{numbers['open']} open, {numbers['closed']} closed and not reconciled, "
        f"{numbers['reconciled']} reconciled"
    )
    if not numbers["open"] and not numbers["closed"]:
        yield ok("gaps", f"{sums}.")
        return
    yield warn(
        "gaps",
        f"{sums}: something may be missing in the ledger.",
        "`vifcast gaps` lists when and why. `vifcast reconcile --cloud NAME --fix` corrects what "
        "is attached now; with [reconcile] after_gap, vifcast serve does so by itself "
        "(docs/gaps.md).",
    )
