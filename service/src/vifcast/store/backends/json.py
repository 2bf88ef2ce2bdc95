"""JSON as the store writes and reads it."""

from typing import Any

import orjson

to_value = orjson.loads


def to_json(value: Any) -> str:
    """Compact JSON."""
    return orjson.dumps(value).decode()
