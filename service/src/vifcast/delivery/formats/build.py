"""``request_of``: messages as one request, in the format that a subscription wants."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import orjson

from vifcast import times
from vifcast.delivery.formats.cloudevents import (
    BATCH,
    JSON,
    STRUCTURED,
    attributes_of,
    binary_headers,
    structured,
)
from vifcast.delivery.formats.nova import (
    as_it_was,
    equivalent,
    is_legacy,
    notification_of_test,
)
from vifcast.delivery.formats.shown import data_of, operation_id_of
from vifcast.delivery.request import Request
from vifcast.delivery.signing import is_signable
from vifcast.delivery.unsendable import UnsendableError
from vifcast.identity.policy import View
from vifcast.model import Event
from vifcast.subscription.message import Message, MessageType, derived_id, type_of
from vifcast.subscription.subscription import Format, Subscription

# So many messages are kept in their form, for the next subscription.
_KEEP = 1000
_made: "OrderedDict[tuple[Any, ...], _Form]" = OrderedDict()

# One request has several messages.
BATCHED = frozenset({Format.CLOUDEVENTS_BATCH})


def request_of(
    subscription: Subscription,
    messages: Sequence[Message],
    view: View,
    *,
    replay_id: int | None = None,
) -> Request:
    """What is sent of these messages, which are one unless the format takes several.

    Raises UnsendableError where the format has no form for it.
    """
    known, body = _form(subscription.format, messages, view, replay_id is not None)
    headers = {**known, "vifcast-subscription": subscription.id}
    if replay_id is not None:
        headers["vifcast-replay"] = str(replay_id)
    return Request(_id_of([each.message_id for each in messages]), headers, body)


def _form(form: Format, messages: Sequence[Message], view: View, is_replay: bool) -> "_Form":  # noqa: FBT001
    """The message in that form, made once for all subscriptions that want it so."""
    message = messages[0]
    if len(messages) > 1 or message.id is None:
        return _FORMS[form](messages, view, is_replay)
    key: tuple[Any, ...] = (form, view.has_details, is_replay, message.id, message.message_id)
    if not isinstance(message, Event):
        key += (message.data,)
    found = _made.get(key)
    if found is None:
        found = _made[key] = _FORMS[form](messages, view, is_replay)
        if len(_made) > _KEEP:
            _made.popitem(last=False)
    return found


def _id_of(ids: Sequence[str]) -> str:
    """The same for the same messages, and fit for a header."""
    if len(ids) > 1:
        return derived_id("batch", *ids)
    return ids[0] if is_signable(ids[0]) else derived_id("id", ids[0])


_Form = tuple[dict[str, str], bytes]


def _structured(messages: Sequence[Message], view: View, is_replay: bool) -> _Form:  # noqa: FBT001
    (message,) = messages
    return _json(_event(message, view, is_replay=is_replay), STRUCTURED)


def _batch(messages: Sequence[Message], view: View, is_replay: bool) -> _Form:  # noqa: FBT001
    events = [_event(each, view, is_replay=is_replay) for each in messages]
    return _json(events, BATCH)


def _binary(messages: Sequence[Message], view: View, is_replay: bool) -> _Form:  # noqa: FBT001
    (message,) = messages
    attributes = attributes_of(message, is_replay=is_replay)
    return binary_headers(attributes), orjson.dumps(data_of(message, view))


def _plain(messages: Sequence[Message], view: View, is_replay: bool) -> _Form:  # noqa: ARG001, FBT001
    (message,) = messages
    said = {
        "id": message.message_id,
        "type": type_of(message),
        "occurred_at": times.to_text(message.occurred_at),
        "region": message.region,
        "operation_id": operation_id_of(message),
        "data": data_of(message, view),
    }
    return _json(said, JSON)


def _nova(messages: Sequence[Message], view: View, is_replay: bool) -> _Form:  # noqa: ARG001, FBT001
    (message,) = messages
    if not view.has_details:
        raise UnsendableError(
            "format nova is the whole payload, which Nova shows to admins only (policy "
            "vifcast:host_details); use another format"
        )
    found = None
    if isinstance(message, Event):
        found = as_it_was(message) if is_legacy(message) else equivalent(message)
    elif message.type is MessageType.TEST:
        found = notification_of_test(message)
    if found is None:
        raise UnsendableError(
            f"Nova has no legacy notification that says {type_of(message)}; use another format, or "
            "leave it out by the filter"
        )
    return _json(found, JSON)


def _event(message: Message, view: View, *, is_replay: bool) -> dict[str, Any]:
    attributes = attributes_of(message, is_replay=is_replay)
    return structured(attributes, data_of(message, view))


def _json(said: object, content_type: str) -> _Form:
    return {"Content-Type": content_type}, orjson.dumps(said)


_FORMS = {
    Format.CLOUDEVENTS: _structured,
    Format.CLOUDEVENTS_BINARY: _binary,
    Format.CLOUDEVENTS_BATCH: _batch,
    Format.PLAIN: _plain,
    Format.NOVA: _nova,
}
