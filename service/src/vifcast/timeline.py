"""The timeline of an instance or a port: what happened to it, merged and in order."""

import datetime as dt
from enum import StrEnum

from msgspec import Struct

from vifcast.gap import Gap
from vifcast.model import Attachment, Event, Operation
from vifcast.steps import Step


class EntryKind(StrEnum):
    """What an entry of a timeline is. Of one moment, the first here comes last."""

    GAP = "gap"
    ATTACHMENT = "attachment"
    OPERATION = "operation"
    EVENT = "event"


RANK = {kind: number for number, kind in enumerate(EntryKind)}


class Entry(Struct, frozen=True, gc=False, kw_only=True):
    """One thing that happened; of the last four one is set, that of its kind.

    ``at`` is when it began: an operation when it was first heard of, an attachment when the NIC
    came or was first seen there, a gap when it opened. An event is one that belongs to no
    operation. ``steps`` are those of the operation, in order.
    """

    kind: EntryKind
    at: dt.datetime
    operation: Operation | None = None
    steps: tuple[Step, ...] = ()
    attachment: Attachment | None = None
    event: Event | None = None
    gap: Gap | None = None
