"""Reads dead letters again, by a release that understands what an older one did not."""

import datetime as dt
from collections.abc import Sequence

from vifcast.errors import NotificationError
from vifcast.host import HostReport
from vifcast.model import DeadLetter, Event
from vifcast.notification.interpret import interpret
from vifcast.retried import Outcome, Retried
from vifcast.store import Store


def retry(store: Store, letters: Sequence[DeadLetter], max_body_bytes: int) -> list[Retried]:
    """Store what these letters report now, as if it came from the bus; remove those.

    What they report counts as received when the letter was, and from the same region. Stored first,
    removed then: stopped in between, the next try finds the message known. Raises StoreError.
    """
    retried: list[Retried] = []
    events: dict[int, Event] = {}
    reports: dict[int, HostReport] = {}
    for letter in letters:
        letter_id = letter.id or 0
        if not letter.is_whole:
            retried.append(Retried(letter_id, Outcome.KEPT, _in_part(letter)))
            continue
        try:
            found = interpret(letter.body, letter.received_at, max_body_bytes, letter.region)
        except NotificationError as error:
            retried.append(Retried(letter_id, Outcome.KEPT, str(error)))
            continue
        if isinstance(found, Event):
            events[letter_id] = found
        elif isinstance(found, HostReport):
            reports[letter_id] = found
            retried.append(Retried(letter_id, Outcome.REPORT))
        else:
            retried.append(Retried(letter_id, Outcome.PASSED_OVER))
    stored = {
        each.event.message_id for each in store.write([*events.values()], [], [*reports.values()])
    }
    before = store.horizon()
    for letter_id, event in events.items():
        if event.message_id in stored:
            retried.append(Retried(letter_id, Outcome.STORED))
            stored.remove(event.message_id)
        elif before is not None and event.occurred_at < before:
            retried.append(Retried(letter_id, Outcome.KEPT, _too_old(event, before)))
        else:
            retried.append(Retried(letter_id, Outcome.KNOWN))
    store.remove_dead_letters(
        [each.letter_id for each in retried if each.outcome is not Outcome.KEPT]
    )
    return sorted(retried, key=lambda each: each.letter_id)


def _in_part(letter: DeadLetter) -> str:
    if not letter.body:
        return f"nothing of its {letter.size} bytes was kept"
    if len(letter.body) >= letter.size:
        # Of a compressed one: what was opened is longer than what came.
        return f"only its first {len(letter.body)} bytes were kept"
    return f"only {len(letter.body)} of its {letter.size} bytes were kept"


def _too_old(event: Event, before: dt.datetime) -> str:
    return (
        f"it is from {event.occurred_at:%Y-%m-%d %H:%M:%S}, and events from before "
        f"{before:%Y-%m-%d %H:%M:%S} were deleted because of their age; purge it"
    )
