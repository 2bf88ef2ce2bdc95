"""Why a request is not answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Refusal:
    """``status`` is HTTP's: 401 for not knowing who asks, 503 for not being able to find out."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
