"""The brokers that are configured, each with its settings."""

from itertools import combinations
from typing import NamedTuple

from vifcast.bus.topology import topology_from
from vifcast.bus.transport_url import Broker, parse_transport_url
from vifcast.config import Settings
from vifcast.errors import ConfigError
from vifcast.ingest_settings import IngestSettings


class ConfiguredBroker(NamedTuple):
    """One of them."""

    settings: IngestSettings
    broker: Broker


def configured_brokers(settings: Settings) -> list[ConfiguredBroker]:
    """All of them, at least one. Raises ConfigError where one is missing, or is there twice."""
    found = [ConfiguredBroker(each, _parsed(each)) for each in settings.brokers]
    for one, other in combinations(found, 2):
        _refuse_same(one, other)
    return found


def _parsed(settings: IngestSettings) -> Broker:
    if not settings.transport_url:
        raise ConfigError(
            "no broker is named; give --transport-url, VIFCAST_TRANSPORT_URL or "
            "[ingest] transport_url, the same as transport_url in nova.conf"
        )
    try:
        return parse_transport_url(settings.transport_url)
    except ConfigError as error:
        if settings.name is None:
            raise
        raise ConfigError(f"section [{settings.name}]: {error}") from None


def _refuse_same(one: ConfiguredBroker, other: ConfiguredBroker) -> None:
    """Each would take notifications from the other, and what region these get would be chance."""
    both = {topology_from(one.settings).queues, topology_from(other.settings).queues}
    queues = sorted(set.intersection(*map(set, both)))
    if not queues or one.broker.virtual_host != other.broker.virtual_host:
        return
    at = [{(host.name, host.port) for host in each.broker.hosts} for each in (one, other)]
    if at[0] & at[1] or (one.broker.in_process and other.broker.in_process):
        raise ConfigError(
            f"brokers {one.settings.name} and {other.settings.name} are the same: both read queue "
            f"{queues[0]} in virtual host {one.broker.virtual_host} of {other.broker}; correct "
            f"transport_url in one of the sections, give each its own queue, or take one out of "
            "[ingest] enabled_brokers"
        )
