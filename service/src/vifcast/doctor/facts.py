"""Finds facts that no source supplies, and the line of configuration that would."""

from collections.abc import Iterator

from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, ok, warn
from vifcast.model import Source

_NAME = "facts"

_NICS = frozenset({Source.VIFCAST_NOVA, Source.HAND_PATCH, Source.NOVA_VERSIONED})
_SERVERS = frozenset({Source.NOVA_INSTANCE, Source.NEUTRON})

_VERSIONED_TOPIC = "versioned_notifications"


def look(case: Case) -> Iterator[Line]:
    """One line; none before the first event, which the line ``sources`` reports."""
    if case.store is None:
        return
    heard = {each.source for each in case.store.sources()}
    if heard:
        yield _line(case, heard)


def _line(case: Case, heard: set[Source]) -> Line:
    missing, advice = [], []
    if not heard & _NICS:
        missing.append("attaches and detaches")
        advice.append("Install vifcast-nova on the compute hosts (docs/nova.md).")
    if not heard & _SERVERS:
        missing.append(
            "server deletions (a deleted server keeps its NICs) and the NICs that servers are "
            "created with"
        )
        advice.append(_servers(case))
    if Source.NEUTRON not in heard:
        missing.append("changes that Neutron makes to a port, such as its addresses")
        advice.append(_neutron(case))
    if not missing:
        return ok(_NAME, "the sources seen so far supply all that vifcast stores.")
    gap = f"no source seen so far supplies {'; '.join(missing)}."
    if heard & _NICS and heard & _SERVERS:
        # Every NIC is known, and when it went.
        return ok(_NAME, f"{gap} {' '.join(advice)}")
    return warn(_NAME, gap, " ".join(advice))


def _servers(case: Case) -> str:
    advice = (
        "For servers, in nova.conf of nova-compute, nova-api and nova-conductor: [notifications] "
        "notification_format = both, and a driver in [oslo_messaging_notifications], such as "
        "driver = vifcast_outbox."
    )
    if any(_VERSIONED_TOPIC not in each.topics for each in case.settings.brokers):
        advice += (
            " Where that is versioned and must stay so, here: [ingest] topics = "
            f"{', '.join((*case.settings.ingest.topics, _VERSIONED_TOPIC))}."
        )
    return advice


def _neutron(case: Case) -> str:
    advice = (
        "For ports, in neutron.conf of the API server: [oslo_messaging_notifications] driver = "
        "messagingv2"
    )
    brokers = case.settings.brokers
    if all(each.neutron_exchange or each.consume_default_queue for each in brokers):
        return f"{advice}."
    return f"{advice}; and here: [ingest] neutron_exchange = neutron."
