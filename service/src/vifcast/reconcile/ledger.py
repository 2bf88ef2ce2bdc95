"""The ledger's open attachments, and what moved in it meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from vifcast.model import Attachment, Status
from vifcast.reconcile.nic import KnownNic, nic_from
from vifcast.store import AttachmentQuery, OperationQuery, Page, Store

_AT_ONCE = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ledger:
    """The open attachments by NIC; events after ``last_event_id`` may have moved them."""

    attachments: dict[str, Attachment]
    last_event_id: int

    @property
    def nics(self) -> dict[str, KnownNic]:
        """As they are compared."""
        return {nic: nic_from(each) for nic, each in self.attachments.items()}


@dataclass(frozen=True, slots=True)
class Moved:
    """Ports and instances of which something was reported, or is being done."""

    ports: set[str] = field(default_factory=set)
    instances: set[str] = field(default_factory=set)


def read_ledger(store: Store, project: str | None, region: str | None = None) -> Ledger:
    """The open attachments, of one project's instances where one is given; region as in a query."""
    # First: what comes while the pages are read, counts as moved.
    last_event_id = store.last_event_id()
    query = AttachmentQuery(project=project, region=region, is_open=True)
    found = _all(lambda cursor: store.attachments(query, limit=_AT_ONCE, cursor=cursor))
    return Ledger({each.nic: each for each in found}, last_event_id)


def knows_project(store: Store, project: str) -> bool:
    """Whether a server of that project ever had a NIC."""
    return bool(store.attachments(AttachmentQuery(project=project), limit=1).items)


def moved_since(store: Store, before: Ledger) -> Moved:
    """What events came since, and which operations are under way."""
    moved = Moved()
    position = before.last_event_id
    while events := store.events_after(position, _AT_ONCE):
        position = events[-1].id or 0
        for event in events:
            # The start of an attach by network does not know its port yet.
            pairs = [(event.instance_id, event.port_id)]
            pairs += [(nic.instance_id, nic.port_id) for nic in event.nics or ()]
            moved.instances.update(instance for instance, _ in pairs if instance)
            moved.ports.update(port for _, port in pairs if port)
    # One that is overdue hangs; what it leaves behind is to be reported.
    running = OperationQuery(status=Status.RUNNING)
    for each in _all(lambda cursor: store.operations(running, limit=_AT_ONCE, cursor=cursor)):
        moved.instances.add(each.instance_id)
        if each.port_id:
            moved.ports.add(each.port_id)
    return moved


def _all(page_at: Callable[[str | None], Page[T]]) -> Iterator[T]:
    cursor: str | None = None
    while True:
        page = page_at(cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return
