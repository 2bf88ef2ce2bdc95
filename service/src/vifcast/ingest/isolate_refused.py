"""Finds the notifications of a batch that the database refuses, and stores the others.

Without this, one notification that a database refuses would come back with every batch, and
nothing would ever be stored again.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from msgspec import structs

from vifcast.bus.link import ReceivedMessage
from vifcast.errors import NotificationError, NotOpenedError, StoreRefusedError
from vifcast.ingest.batch import Batch, letter_of, sort_batch
from vifcast.ingest_settings import IngestSettings
from vifcast.notification.interpret import opened
from vifcast.store import Store, Stored


def isolate_refused(
    store: Store,
    deliveries: Sequence[ReceivedMessage],
    received_at: dt.datetime,
    settings: IngestSettings,
) -> tuple[Batch, list[Stored]]:
    """Store these; if the database refuses them together, store each half by itself.

    What it refuses alone becomes a dead letter with the reason ``store_refused``.
    Returns the batch as it was stored, and its new events. Raises StoreError.
    """
    batch = sort_batch(deliveries, received_at, settings)
    try:
        return batch, _write(store, batch)
    except StoreRefusedError as error:
        if len(deliveries) == 1:
            return _refused(store, deliveries[0], error, batch, settings), []
    half = len(deliveries) // 2
    first, stored = isolate_refused(store, deliveries[:half], received_at, settings)
    second, stored_later = isolate_refused(store, deliveries[half:], received_at, settings)
    return first + second, stored + stored_later


def _refused(
    store: Store,
    delivery: ReceivedMessage,
    refusal: StoreRefusedError,
    batch: Batch,
    settings: IngestSettings,
) -> Batch:
    error = NotificationError(refusal.code, str(refusal))
    body = delivery.body
    if delivery.coding is not None:
        try:
            body = opened(body, delivery.coding, settings.max_body_bytes)
        except NotOpenedError:
            body = b""
    letter = letter_of(delivery, body, error, batch.received_at, settings)
    batch = replace(batch, events=[], reports=[], probes=[], dead_letters=[letter])
    try:
        _write(store, batch)
    except StoreRefusedError:
        # Its words are what cannot be stored.
        bare = structs.replace(letter, reason="the database refuses it", routing_key="", body=b"")
        batch.dead_letters[:] = [structs.replace(bare, is_whole=False)]
        _write(store, batch)
    return batch


def _write(store: Store, batch: Batch) -> list[Stored]:
    return store.write(batch.events, batch.dead_letters, batch.reports, batch.probes)
