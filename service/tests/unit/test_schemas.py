"""The JSON Schemas that the API publishes are those of what is sent."""

import json

import pytest
from jsonschema import Draft202012Validator
from messages import every_message
from subscribed import make_subscription

from vifcast.api.schemas import schema_of
from vifcast.delivery.formats import request_of
from vifcast.identity.policy import View
from vifcast.subscription.message import MessageType
from vifcast.subscription.subscription import Format

MESSAGES = every_message()
VIEWS = {"admin": View(None, has_details=True), "tenant": View("project-1", has_details=False)}

every_type = pytest.mark.parametrize("kind", MessageType)


@every_type
def test_schema_is_one(kind):
    schema = schema_of(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == f"io.vifcast.{kind}"


@every_type
@pytest.mark.parametrize("form", [Format.CLOUDEVENTS, Format.PLAIN])
@pytest.mark.parametrize("viewer", VIEWS)
def test_what_is_sent_is_as_its_schema_says(kind, form, viewer):
    request = request_of(make_subscription(format=form), [MESSAGES[kind]], VIEWS[viewer])
    Draft202012Validator(schema_of(kind)).validate(json.loads(request.body)["data"])


def test_schema_of_another_type_is_not_fulfilled():
    request = request_of(make_subscription(), [MESSAGES[MessageType.ATTACHED]], VIEWS["admin"])
    data = json.loads(request.body)["data"]
    for other in (MessageType.DETACHED, MessageType.ATTACH_STARTED, MessageType.OPENED):
        assert not Draft202012Validator(schema_of(other)).is_valid(data)
