"""``Site``: what the pages show, and whom they ask for it."""

from dataclasses import dataclass, field

from vifcast.config import Settings
from vifcast.identity.policy import Policy
from vifcast.ingest.state import IngestStates
from vifcast.store import Store
from vifcast.subscribing.deliveries import Deliveries
from vifcast.subscribing.replays import Replays
from vifcast.subscribing.subscriptions import Subscriptions
from vifcast.web.rendering import Renderer
from vifcast.web.shared import Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """``states``: of the brokers that this process reads; None where it reads none.

    ``shared`` has what is computed once for many pages.
    """

    store: Store
    states: IngestStates | None
    policy: Policy
    settings: Settings
    subscriptions: Subscriptions
    deliveries: Deliveries
    replays: Replays
    renderer: Renderer
    shared: Shared = field(default_factory=Shared)
