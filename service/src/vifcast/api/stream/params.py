"""Parameters of the stream: the filters on events, and where to begin."""

from typing import ClassVar

from pydantic import Field

from vifcast.api.params import EventParams, IdNumber
from vifcast.errors import InvalidValueError
from vifcast.store import MAX_INTEGER, EventQuery


class StreamParams(EventParams):
    """Filters on events, and where to begin."""

    # A stream has no pages.
    limit: ClassVar[None] = None  # type: ignore[assignment, misc]
    cursor: ClassVar[None] = None  # type: ignore[misc]
    order: ClassVar[None] = None  # type: ignore[assignment, misc]

    after: IdNumber | None = Field(
        None,
        description="Begin behind the event with this `id`; 0: with the first. `Last-Event-ID` "
        "overrides it. Without either the stream begins with what `since` asks for, or else now.",
    )

    def query(self) -> EventQuery:
        """As the store takes it."""
        return EventParams.model_construct(**self.model_dump(exclude={"after"})).query()


def position_in(last_event_id: str | None) -> int | None:
    """The position in ``Last-Event-ID``; None where it is not sent. Raises InvalidValueError."""
    if last_event_id is None or not last_event_id.strip():
        return None
    text = last_event_id.strip()
    if text.isascii() and text.isdigit() and len(text) <= len(str(MAX_INTEGER)):
        position = int(text)
        if position <= MAX_INTEGER:
            return position
    raise InvalidValueError(
        f"header Last-Event-ID: {text[:60]!r} is no id of this stream; send the last that it sent, "
        "or leave the header out"
    )
