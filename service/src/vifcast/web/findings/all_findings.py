"""All findings of one sight, the worst first."""

import datetime as dt
from itertools import chain

from vifcast import times
from vifcast.model import Status
from vifcast.web.figures import failures_of_hour, hosts_by_state, standings, unfinished
from vifcast.web.findings import ledger, reading, receivers
from vifcast.web.findings.finding import Finding, Level
from vifcast.web.sight import Sight
from vifcast.web.site import Site

_DAY = dt.timedelta(days=1)
_ORDER = (Level.BAD, Level.WAIT, Level.GOOD)


def findings(site: Site, sight: Sight) -> tuple[Finding, ...]:
    """What is not well; nothing where all is. Raises StoreError."""
    now, store = times.now(), site.store
    processes = store.processes()
    own = None if site.states is None else site.states.read_brokers()
    found = [
        reading.look(sight, own, processes, now),
        ledger.look_at_overdue(unfinished(site, sight)[Status.OVERDUE]),
        ledger.look_at_failures(failures_of_hour(site, sight)),
    ]
    if sight.sees_system and not store.last_event_id():
        found.append(ledger.look_at_first())
    if sight.sees_hosts:
        found.append(ledger.look_at_hosts(hosts_by_state(site)))
    if sight.sees_letters:
        found.append(ledger.look_at_letters(store.dead_letters_since(now - _DAY)))
    if sight.sees_deliveries:
        found.append(receivers.look(standings(site, sight), now))
    if sight.sees_gaps:
        gaps = store.gaps_by_reason(now=now)
        found.append(ledger.look_at_gaps(gaps, sees_hosts=sight.view.has_details))
    return tuple(sorted(chain(*found), key=lambda each: _ORDER.index(each.level)))


def last_heard_at(site: Site, sight: Sight) -> dt.datetime | None:
    """When a notification was last taken from a bus, by any process; None where not known."""
    if not sight.sees_system:
        return None
    now = times.now()
    running = [each for each in site.store.processes() if not each.is_silent(now)]
    own = None if site.states is None else site.states.read_brokers()
    heard = [each.last_received_at for each in reading.brokers_of(own, running)]
    return max((each for each in heard if each is not None), default=None)
