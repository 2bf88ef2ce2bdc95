"""JSON as the store writes and reads it."""

from typing import Any

import orjson

from vifcast.notification.envelope import read_json

to_value = read_json


def to_json(value: Any) -> str:
    """Compact JSON."""
    return orjson.dumps(value).decode()
