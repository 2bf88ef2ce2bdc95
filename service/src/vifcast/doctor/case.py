"""What the checks examine, and the connections that they share."""

from dataclasses import dataclass

from vifcast.bus.examination import Examination
from vifcast.bus.topology import Topology, topology_from
from vifcast.bus.transport_url import Broker
from vifcast.config import Settings
from vifcast.ingest_settings import IngestSettings
from vifcast.store import Location, Store


@dataclass(slots=True)
class Case:
    """``open_host`` and ``store`` are None until they are open, or if they cannot be opened.

    ``ingest`` are the settings of the ``broker``.
    """

    settings: Settings
    ingest: IngestSettings
    broker: Broker
    timeout_s: float
    open_host: Examination | None = None
    store: Store | None = None

    @property
    def topology(self) -> Topology:
        """What ``vifcast serve`` reads."""
        return topology_from(self.ingest)

    def opened_store(self) -> Store:
        """The store, opened if it is not yet. Raises StoreError."""
        if self.store is None:
            self.store = Store.open_for_reading(Location.from_settings(self.settings))
        return self.store
