"""``/v1/schemas``: JSON Schemas of what subscribers are sent, one for each type of message."""

from functools import cache
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import ConfigDict, Field

from vifcast.api.ledger_resources import AttachmentResource, EventResource, OperationResource
from vifcast.api.problems import ANY_OTHER, documented
from vifcast.api.resource import Resource
from vifcast.errors import NotFoundError
from vifcast.subscription.message import EVENT_TYPES, MessageType, cloudevents_type

PATH = "/v1/schemas"

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MEDIA_TYPE = "application/schema+json"
_ATTACHMENT = "An attachment as it is then: "
_ABOUT = {
    MessageType.ATTACH_STARTED: "A NIC is being attached.",
    MessageType.ATTACHED: "A NIC was attached.",
    MessageType.ATTACH_FAILED: "A NIC could not be attached.",
    MessageType.DETACH_STARTED: "A NIC is being detached.",
    MessageType.DETACHED: "A NIC was detached.",
    MessageType.DETACH_FAILED: "A NIC could not be detached.",
    MessageType.OVERDUE: "An attach or detach has not ended within [ledger] overdue_after_s.",
    MessageType.OPENED: f"{_ATTACHMENT}it began, or became known.",
    MessageType.CLOSED: f"{_ATTACHMENT}it ended.",
    MessageType.CORRECTED: f"{_ATTACHMENT}what was known of it has changed.",
    MessageType.WITHDRAWN: "An attachment that was announced, and was none.",
    MessageType.INSTANCE_CREATED: "An instance was created, with these NICs.",
    MessageType.INSTANCE_DELETED: "An instance was deleted.",
    MessageType.INSTANCE_MOVED: "An instance is on this compute host now.",
    MessageType.PORT_SIGHTED: "A port is where somebody saw it.",
    MessageType.TEST: "A message that a person had sent to see whether it arrives.",
    MessageType.SUBSCRIPTION_DISABLED: "Another subscription was disabled, as it only failed.",
}


class OtherDataResource(Resource):
    """What is no row of the ledger; more keys may come."""

    model_config = ConfigDict(extra="allow")

    subscription_id: str = Field(description="That which it is about.")


class SchemaResource(Resource):
    """A type of message."""

    type: str = Field(
        description="As CloudEvents name it; the format plain has it without `io.vifcast.`.",
        examples=["io.vifcast.interface.attached"],
    )
    description: str
    path: str = Field(description="Where the JSON Schema of its data is.")


class SchemasResource(Resource):
    """All types of messages."""

    items: list[SchemaResource]


def schemas_router() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["schemas"], responses=ANY_OTHER)

    @router.get(PATH, response_model=SchemasResource)
    def list_schemas() -> JSONResponse:
        """The types of messages that subscribers can be sent."""
        items = [
            {
                "type": cloudevents_type(kind),
                "description": _ABOUT[kind],
                "path": f"{PATH}/{cloudevents_type(kind)}",
            }
            for kind in MessageType
        ]
        return JSONResponse({"items": items})

    @router.get(
        f"{PATH}/{{message_type}}",
        responses=documented(404)
        | {
            200: {
                "description": "A JSON Schema, 2020-12",
                "content": {_MEDIA_TYPE: {"schema": {"type": "object"}}},
            }
        },
        response_class=SchemaResponse,
    )
    def show_schema(message_type: str) -> JSONResponse:
        """The JSON Schema of the data of a type of message.

        What Nova shows to admins only is left out where the subscription's owner may not see it.
        """
        schema = _schemas().get(message_type)
        if schema is None:
            raise NotFoundError(
                f"there is no type of message {message_type[:60]!r}; {PATH} lists them"
            )
        return SchemaResponse(schema)

    return router


class SchemaResponse(JSONResponse):
    """A JSON Schema."""

    media_type = _MEDIA_TYPE


@cache
def _schemas() -> dict[str, dict[str, Any]]:
    return {cloudevents_type(kind): schema_of(kind) for kind in MessageType}


def schema_of(kind: MessageType) -> dict[str, Any]:
    """That of the data of a type of message."""
    schema = _resource(kind).model_json_schema()
    if kind in EVENT_TYPES:
        action, phase = EVENT_TYPES[kind]
        schema["properties"]["action"] = {"const": action}
        schema["properties"]["phase"] = {"const": phase}
    return {
        "$schema": _DIALECT,
        **schema,
        "title": cloudevents_type(kind),
        "description": _ABOUT[kind],
    }


def _resource(kind: MessageType) -> type[Resource]:
    if kind in EVENT_TYPES:
        return EventResource
    if kind is MessageType.OVERDUE:
        return OperationResource
    if kind in (MessageType.TEST, MessageType.SUBSCRIPTION_DISABLED):
        return OtherDataResource
    return AttachmentResource
