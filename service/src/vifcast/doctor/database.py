"""Whether the store can be read and written, and what it knows."""

from collections.abc import Iterator

from vifcast import times
from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, fail, ok, sentence, warn
from vifcast.errors import StoreError
from vifcast.host import HostState, LaneState
from vifcast.store import HostQuery, Location, Store

# So many hosts are named.
_HOSTS = 10

_HOST_LANE = "host lane"


def look(case: Case) -> Iterator[Line]:
    """The database; it stays open."""
    try:
        case.store = Store.open_for_reading(Location.from_settings(case.settings))
        case.store.check()
    except StoreError as error:
        yield fail(
            "database",
            sentence(error),
            "Run this with the configuration and as the user of vifcast serve. If the database "
            "is down, nothing is lost: vifcast serve continues once it is back.",
        )
        return
    yield ok("database", f"{case.store.location}: can be read and written, schema as it should be.")


def look_at_sources(case: Case) -> Iterator[Line]:
    """When each source of events was last heard of."""
    if case.store is None:
        return
    found = [
        f"{each.source}: events {each.events}, the last of {times.to_text(each.last_event_at)}, "
        f"received {times.to_text(each.last_received_at)}"
        for each in case.store.sources()
    ]
    if found:
        yield ok("sources", f"{'; '.join(found)}.")
    else:
        yield warn(
            "sources",
            "no notification about a NIC was ever stored.",
            "Attach one. If nothing comes, run `vifcast-nova check` on that compute host, and "
            "this with --send-probe.",
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
            "says what is missing.",
        )
        return
    told = ", ".join(f"{number} {state}" for state, number in counts.items())
    bad = [state for state in (HostState.SILENT, HostState.OFF) if state in counts]
    if not bad:
        yield ok("hosts", f"{told}.")
        return
    page = case.store.hosts(HostQuery(states=tuple(bad)), now=now, limit=_HOSTS)
    names = ", ".join(f"{host.host} ({host.state})" for host in page.items)
    yield warn(
        "hosts",
        f"{told}: {names}{', …' if page.next_cursor else ''}.",
        "Run `vifcast-nova check` there; `vifcast hosts` says more.",
    )


def look_at_lane(case: Case) -> Iterator[Line]:
    """Which compute hosts do not use the lane."""
    if case.store is None or case.topology.lane is None:
        return
    counts = case.store.hosts_by_lane(now=times.now())
    if not counts:
        return
    told = ", ".join(f"{number} {state or 'without a lane'}" for state, number in counts.items())
    if set(counts) <= {LaneState.USED, LaneState.UNKNOWN}:
        yield ok(_HOST_LANE, f"{told}.")
        return
    yield warn(
        _HOST_LANE,
        f"{told}: what the others send can be lost when RabbitMQ restarts.",
        "`vifcast hosts` says for each host why; one without a lane has an older vifcast-nova, or "
        "sends without the outbox.",
    )


def look_at_gaps(case: Case) -> Iterator[Line]:
    """When something may not have been seen, and is not made good."""
    if case.store is None:
        return
    counts = case.store.gaps_by_reason(now=times.now())
    numbers = {
        state: sum(number for (_, each), number in counts.items() if each == state)
        for state in ("open", "closed", "reconciled")
    }
    told = (
        f"{numbers['open']} open, {numbers['closed']} closed and not reconciled, "
        f"{numbers['reconciled']} reconciled"
    )
    if not numbers["open"] and not numbers["closed"]:
        yield ok("gaps", f"{told}.")
        return
    yield warn(
        "gaps",
        f"{told}: something may be missing in the ledger.",
        "`vifcast gaps` says when and why. `vifcast reconcile --cloud NAME --fix` corrects what is "
        "attached now; [reconcile] after_gap does it by itself (docs/gaps.md).",
    )
