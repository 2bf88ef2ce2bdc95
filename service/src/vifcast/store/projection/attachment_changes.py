"""How attachments changed while they were recomputed, as announcements."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from vifcast.model import Action, Attachment, Event
from vifcast.store.sql import rows, schema
from vifcast.store.sql.in_list import in_list
from vifcast.store.tables.attachments import COLUMNS
from vifcast.subscription.message import Announcement, MessageType, derived_id

_TABLE = schema.attachment
_ACTIONS = {MessageType.OPENED: Action.ATTACH, MessageType.CLOSED: Action.DETACH}

_Key = tuple[str, int]
_encode = msgspec.json.Encoder().encode


class AttachmentChanges:
    """Compares the periods of NICs before and after; ``before`` comes first, then ``after``."""

    def __init__(self) -> None:
        self._before: dict[_Key, Attachment] = {}
        self._after: dict[_Key, Attachment] = {}

    def before(self, connection: sa.Connection, nics: Collection[str]) -> None:
        """Note what is known of these NICs, and is not final."""
        found = connection.execute(
            sa.select(*COLUMNS).where(
                in_list(connection, _TABLE.c.nic, nics), _TABLE.c.sealed_before.is_(None)
            )
        )
        self._before = {(each.nic, each.number): each for each in rows.structs(Attachment, found)}

    def after(self, periods: Sequence[Attachment]) -> None:
        """Note what they are now."""
        self._after = {(each.nic, each.number): each for each in periods}

    def announcements(self, causes: Mapping[str, Event], newest: int) -> list[Announcement]:
        """What is to be announced, in the order in which it happened.

        ``causes`` is the newest event of each instance, ``newest`` the id of the newest of all,
        which keeps a change apart from the same one at another time.
        """
        found = [
            _announcement(kind, attachment, causes.get(attachment.instance_id), newest)
            for key in self._before.keys() | self._after.keys()
            for kind, attachment in _changes(self._before.get(key), self._after.get(key))
        ]
        return sorted(found, key=lambda each: (each.occurred_at, each.type != MessageType.OPENED))


def _changes(
    before: Attachment | None, after: Attachment | None
) -> Iterator[tuple[MessageType, Attachment]]:
    if before == after:
        return
    if after is None:
        if before is not None:
            yield MessageType.WITHDRAWN, before
    elif before is None:
        yield MessageType.OPENED, after
        if after.detached_at is not None:
            yield MessageType.CLOSED, after
    elif before.instance_id != after.instance_id:
        yield MessageType.WITHDRAWN, before
        yield from _changes(None, after)
    elif before.detached_at is None and after.detached_at is not None:
        yield MessageType.CLOSED, after
    else:
        yield MessageType.CORRECTED, after


def attachment_message_id(kind: MessageType, of: Attachment) -> str:
    """The id of what is announced of an attachment once; the same in a replay."""
    moment = of.detached_at if kind is MessageType.CLOSED else of.attached_at
    return derived_id(kind, of.region, of.nic, of.number, of.instance_id, moment)


def moment_of(kind: MessageType, of: Attachment) -> dt.datetime:
    """When what is announced of an attachment once has happened."""
    moment = of.detached_at if kind is MessageType.CLOSED else of.attached_at
    return moment or of.first_known_at


def again(kind: MessageType, of: Attachment) -> Announcement:
    """What was announced of an attachment once, or would have been, with the same id."""
    data = _encode(of).decode()
    return announcement_of(
        kind, of, attachment_message_id(kind, of), data, moment_of(kind, of), None
    )


def _announcement(
    kind: MessageType, of: Attachment, cause: Event | None, newest: int
) -> Announcement:
    data = _encode(of).decode()
    message_id = attachment_message_id(kind, of)
    moment = moment_of(kind, of)
    if kind in (MessageType.CORRECTED, MessageType.WITHDRAWN):
        message_id = derived_id(message_id, newest, data)
        moment = cause.received_at if cause is not None else of.first_known_at
    return announcement_of(kind, of, message_id, data, moment, cause)


def announcement_of(
    kind: MessageType,
    of: Attachment,
    message_id: str,
    data: str,
    moment: dt.datetime,
    cause: Event | None,
) -> Announcement:
    """An attachment as it is then, to be announced."""
    return Announcement(
        message_id=message_id,
        type=kind,
        occurred_at=moment,
        region=of.region,
        project_id=of.project_id,
        instance_id=of.instance_id,
        instance_name=of.instance_name,
        compute_host=of.compute_host,
        port_id=of.port_id,
        network_id=of.network_id,
        network_label=of.network_label,
        action=_ACTIONS.get(kind),
        cause=cause.cause if cause is not None else None,
        source=cause.source if cause is not None else None,
        data=data,
    )
