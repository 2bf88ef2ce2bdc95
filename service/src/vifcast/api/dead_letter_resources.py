"""Shapes of dead letters, and of what is done with them, for the OpenAPI document."""

from pydantic import Field

from vifcast.api.resource import OF_BROKER, Resource, page_of, resource_of
from vifcast.model import DeadLetter
from vifcast.retried import Outcome

DeadLetterResource = resource_of(
    DeadLetter,
    "A body from the bus that could not be understood; secrets in it are blanked.",
    {
        "size": "Bytes of the whole body.",
        "sha256": "Of the whole body.",
        "body": "Its beginning; see [ingest] dead_letter_keep_bytes.",
        "is_whole": "Nothing of the body was cut off: it can be retried.",
        "broker": "The name of the broker from which it came; null without enabled_brokers.",
        "region": OF_BROKER,
    },
    shown_as={"id": int, "body": str},
)


class RetriedResource(Resource):
    """What became of a dead letter that was read again."""

    id: int
    outcome: Outcome = Field(
        description="`kept`: it still cannot be read. In every other case it is removed: its "
        "notification is stored now (`stored`, `report`), had been stored already (`known`), or is "
        "about something that is not read (`passed_over`)."
    )
    why: str | None = Field(description="Of one that is kept.")


class PurgedResource(Resource):
    """How many dead letters were removed."""

    removed: int


RetriedPageResource = page_of(RetriedResource)
