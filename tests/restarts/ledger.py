"""What Nova did, held against what the service has stored."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from vifcast.model import Event, Phase, Source
from vifcast.store import AttachmentQuery, Location, Store

_AT_ONCE = 1000
Move = tuple[str, str, str]  # action, instance, port


@dataclass(frozen=True)
class Verdict:
    """Counts of notifications; ``wrong`` are sentences about the ledger's NICs."""

    sent: int
    stored: int
    lost: int
    doubled: int
    wrong: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing, doubled or wrong."""
        return not (self.lost or self.doubled or self.wrong)


def returned_moves(file: Path) -> list[Move]:
    """The attaches and detaches that have returned; a line cut off by kill -9 has not."""
    lines = file.read_text().split("\n")[:-1]
    return [(m["action"], m["instance"], m["port"]) for m in map(json.loads, lines)]


def judge(returned: list[Move], data_dir: Path) -> Verdict:
    """Count: each call that returned has one start and one end; each other start one of both."""
    store = Store.open_for_reading(Location.of_file(data_dir / "vifcast.sqlite3"))
    try:
        events = [each for each in _events(store) if each.source is Source.VIFCAST_NOVA]
        nics = Counter(_open_nics(store))
    finally:
        store.close()
    phases = Counter((each.operation_id, each.phase is Phase.START) for each in events)
    operations = {operation for operation, _ in phases}
    ended = Counter(
        (each.action.value, each.instance_id, each.port_id)
        for each in events
        if each.phase is Phase.END
    )
    without_end = sum((Counter(returned) - ended).values())
    unclosed = sum(1 for one in operations if not phases[one, False])
    without_start = sum(1 for one in operations if not phases[one, True])
    interrupted = {each.port_id for each in events if each.phase is Phase.ERROR}
    # Ended, and killed before its caller knew.
    interrupted.update(port for _, _, port in ended - Counter(returned))
    wrong = _wrong_nics(returned, nics, interrupted)
    # Of a call that returned, either its end alone is missing, so that its start is unclosed,
    # or both are. What else is unclosed was interrupted, and nobody has closed it.
    lost = without_start + without_end + abs(unclosed - without_end)
    doubled = sum(count - 1 for count in phases.values())
    return Verdict(len(events) - doubled + lost, len(events), lost, doubled, tuple(wrong))


def _events(store: Store) -> list[Event]:
    found: list[Event] = []
    while page := store.events_after(found[-1].id or 0 if found else 0, _AT_ONCE):
        found += page
    return found


def _wrong_nics(
    returned: list[Move], found: Counter[tuple[str, str | None]], interrupted: set[str | None]
) -> list[str]:
    """NICs of which the ledger says something else than Nova did.

    Those that an interrupted call was about are left out: only Nova can be asked for them.
    """
    last = {(instance, port): action for action, instance, port in returned}
    here = {nic for nic, action in last.items() if action == "attach"}
    return [
        f"port {port} on {instance}: {count} attached in the ledger, {int(is_here)} in Nova"
        for instance, port in here | set(found)
        for count, is_here in [(found[instance, port], (instance, port) in here)]
        if port not in interrupted and count != is_here
    ]


def _open_nics(store: Store) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    cursor: str | None = None
    while True:
        page = store.attachments(AttachmentQuery(is_open=True), limit=_AT_ONCE, cursor=cursor)
        found += [(each.instance_id, each.port_id) for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found
