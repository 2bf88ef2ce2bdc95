"""CloudEvents 1.0: attributes, and their three forms over HTTP.

Structured and batched are JSON (its JSON format), binary has attributes in ``ce-`` headers (its
HTTP protocol binding).
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vifcast import times
from vifcast.delivery.formats.shown import operation_id_of
from vifcast.subscription.message import Message, cloudevents_type, type_of

JSON = "application/json"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

_SOURCE = "/vifcast"
# In a header stand as they are: what is printable in ASCII but space, double quote and percent.
_SAFE = "".join(map(chr, {*range(0x21, 0x7F)} - set(map(ord, ' "%'))))
_STAYS = re.compile(r"[!#$&-~]*")
# What no attribute may hold: control characters, surrogates and what Unicode calls noncharacters.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
    + "]"
)


def attributes_of(message: Message, *, is_replay: bool) -> dict[str, Any]:
    """Its attributes, extensions included; what is not known is left out."""
    found = {
        "specversion": "1.0",
        "id": message.message_id,
        "source": source_of(message.region),
        "type": cloudevents_type(type_of(message)),
        "subject": "/".join(filter(None, (message.instance_id, message.port_id))),
        "time": times.to_text(message.occurred_at),
        "datacontenttype": JSON,
        "instanceid": message.instance_id,
        "portid": message.port_id,
        "projectid": message.project_id,
        "operationid": operation_id_of(message),
        "requestid": getattr(message, "request_id", None),
        "region": message.region,
    }
    attributes: dict[str, Any] = {name: _allowed(value) for name, value in found.items() if value}
    if is_replay:
        attributes["replay"] = True
    return attributes


def _allowed(value: str) -> str:
    # Nearly all are; to look with the pattern takes ten times as long.
    if value.isascii() and value.isprintable():
        return value
    return _FORBIDDEN.sub("\ufffd", value)


def source_of(region: str | None) -> str:
    """``/vifcast``, and the region behind it where there are several."""
    return f"{_SOURCE}/{quote(region, safe='')}" if region else _SOURCE


def structured(attributes: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """An event as one JSON object."""
    return {**attributes, "data": data}


def binary_headers(attributes: Mapping[str, Any]) -> dict[str, str]:
    """The headers of an event whose data is the body."""
    headers = {"Content-Type": attributes["datacontenttype"]}
    for name, value in attributes.items():
        if name != "datacontenttype":
            text = "true" if value is True else str(value)
            headers[f"ce-{name}"] = text if _STAYS.fullmatch(text) else quote(text, safe=_SAFE)
    return headers
