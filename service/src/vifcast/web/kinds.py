"""``Kind``: what a text that somebody looks for may mean."""

import re
import uuid
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from vifcast.addresses import canonical_ip, canonical_mac
from vifcast.api.visible import narrowed
from vifcast.errors import InvalidValueError
from vifcast.identity.policy import View
from vifcast.store import AttachmentQuery, EventQuery


class Kind(StrEnum):
    """By the names that queries have for them; the likeliest first."""

    IP = "ip"
    MAC = "mac"
    PORT = "port"
    SERVER = "instance"
    SERVER_NAME = "instance_name"
    NETWORK = "network"
    PROJECT = "project"
    HOST = "host"


# At one moment one NIC alone has it: of these, two at once are a conflict.
OF_ONE = frozenset({Kind.IP, Kind.MAC, Kind.PORT})

# By these the events of ten million are found by an index.
OF_EVENTS = frozenset({Kind.IP, Kind.MAC, Kind.PORT, Kind.SERVER, Kind.SERVER_NAME})

_UUID = re.compile(r"[0-9a-f]{8}(?:(?:-[0-9a-f]{4}){3}-|[0-9a-f]{12})[0-9a-f]{12}", re.IGNORECASE)


def _canonical_id(text: str) -> str:
    """A UUID as Nova and Neutron write it; another text as it is."""
    return str(uuid.UUID(text)) if _UUID.fullmatch(text) else text


_SPELLINGS: dict[Kind, Callable[[str], str]] = {
    Kind.IP: canonical_ip,
    Kind.MAC: canonical_mac,
    Kind.PORT: _canonical_id,
    Kind.SERVER: _canonical_id,
    Kind.NETWORK: _canonical_id,
}


def spelled(kind: Kind, text: str) -> str:
    """The text as the store spells one of that kind. Raises InvalidValueError."""
    return _SPELLINGS[kind](text) if kind in _SPELLINGS else text


def possible(text: str, view: View) -> list[tuple[Kind, str]]:
    """What the text may mean to this caller, and how that is spelled; the likeliest first."""
    found: list[tuple[Kind, str]] = []
    for kind in Kind:
        if kind is Kind.HOST and not view.has_details:
            continue
        if kind is Kind.PROJECT and view.project_id not in {None, text}:
            continue
        try:
            found.append((kind, spelled(kind, text)))
        except InvalidValueError:
            continue
    return found


def attachments_of(kind: Kind, value: str, view: View, **more: Any) -> AttachmentQuery:
    """The question for its NICs, over what the caller sees. Raises ForbiddenError."""
    named: dict[str, Any] = {kind: value}
    return narrowed(view, AttachmentQuery(**named, **more))


def events_of(kind: Kind, value: str, view: View) -> EventQuery:
    """The question for its events, likewise."""
    named: dict[str, Any] = {kind: value}
    return narrowed(view, EventQuery(**named))
