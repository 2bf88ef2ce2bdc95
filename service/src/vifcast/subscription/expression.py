"""Which messages a subscription wants: a small expression.

``action=attach outcome=failed,succeeded host!=compute-9*``: conditions that all hold, a field and
the values that it may have (``=``) or may not (``!=``). A value that ends with ``*`` stands for all
that begin so. A value with a space or a comma stands in double quotes, in which ``*`` is itself:
``"front e"*`` stands for all that begin so. Nothing is evaluated.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from vifcast.errors import InvalidValueError
from vifcast.model import CAUSES, Action, Phase, Source
from vifcast.subscription.message import (
    Message,
    MessageType,
    event_type_of,
    outcome_of,
    phase_of,
    type_of,
)

MAX_LENGTH = 4096

_Read = Callable[[Any], tuple[str | None, ...]]


def _one(read: Callable[[Any], Any]) -> _Read:
    return lambda message: (read(message),)


_FIELDS: dict[str, _Read] = {
    "type": _one(type_of),
    "event_type": _one(event_type_of),
    "action": _one(attrgetter("action")),
    "phase": _one(phase_of),
    "outcome": _one(outcome_of),
    "cause": _one(attrgetter("cause")),
    "source": _one(attrgetter("source")),
    "region": _one(attrgetter("region")),
    "project": _one(attrgetter("project_id")),
    "instance": _one(attrgetter("instance_id")),
    "instance_name": _one(attrgetter("instance_name")),
    "host": _one(attrgetter("compute_host")),
    "port": _one(attrgetter("port_id")),
    "network": attrgetter("network_id", "network_label"),
}
FIELDS = tuple(_FIELDS)
# Of these fields every value is known.
_VALUES = {
    "type": tuple(MessageType),
    "action": tuple(Action),
    "phase": tuple(Phase),
    "cause": CAUSES,
    "outcome": ("succeeded", "failed", "overdue"),
    "source": tuple(Source),
}
# What happens to whole instances, to ports by themselves and to other subscriptions is sent to
# whoever asks for it.
_ASKS = frozenset({"type", "event_type", "action"})
_NOT_UNASKED = frozenset(
    {
        *(MessageType.INSTANCE_CREATED, MessageType.INSTANCE_DELETED, MessageType.INSTANCE_MOVED),
        *(MessageType.PORT_SIGHTED, MessageType.SUBSCRIPTION_DISABLED),
    }
)

_VALUE = re.compile(r'"(?P<quoted>[^"]*)"(?P<all>\*?)|(?P<bare>[^\s",]+)')
_ONE_VALUE = r'(?:"[^"]*"\*?|[^\s",]+)'
_CONDITION = re.compile(
    rf"\s*(?P<field>[a-z_]+)(?P<is>!?=)(?P<values>{_ONE_VALUE}(?:,{_ONE_VALUE})*)(?=\s|$)"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """``field`` is one of ``values`` or begins with one of ``prefixes``; not so if ``is_not``."""

    field: str
    is_not: bool
    values: frozenset[str]
    prefixes: tuple[str, ...]

    def holds(self, message: Message) -> bool:
        """Whether it holds of a message; what is not known is no value."""
        for found in _FIELDS[self.field](message):
            if found is not None and (found in self.values or found.startswith(self.prefixes)):
                return not self.is_not
        return self.is_not


@dataclass(frozen=True, slots=True)
class Expression:
    """Conditions that all hold; ``text`` is how they are written."""

    text: str
    conditions: tuple[Condition, ...]

    @property
    def asks(self) -> bool:
        """Whether it says itself which kinds of messages it wants."""
        return any(each.field in _ASKS and not each.is_not for each in self.conditions)

    def matches(self, message: Message) -> bool:
        """Whether whoever has this expression wants the message."""
        if type_of(message) in _NOT_UNASKED and not self.asks:
            return False
        return all(each.holds(message) for each in self.conditions)


def parse(text: str, *, is_kept: bool = False) -> Expression:
    """Read an expression. Raises InvalidValueError, which names what is wrong and what is known.

    ``is_kept``: it was accepted once. A value that nothing can have is no reason to refuse it now:
    ingest reads the filters of all subscriptions.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidValueError(
            f"the filter is {len(text)} characters long; at most {MAX_LENGTH} are allowed"
        )
    conditions = []
    place = 0
    rest = text.rstrip()
    while place < len(rest):
        found = _CONDITION.match(rest, place)
        if found is None:
            raise InvalidValueError(
                f"the filter is not understood from {rest[place:].strip()[:60]!r} on; write "
                "conditions such as action=attach outcome=failed,succeeded host!=compute-9*, with "
                "a space between them, and a value with a space or a comma in double quotes"
            )
        condition = _condition(found["field"], found["is"], found["values"], is_kept=is_kept)
        conditions.append(condition)
        place = found.end()
    return Expression(
        " ".join(text.split()) if '"' not in text else text.strip(), tuple(conditions)
    )


def _condition(field: str, relation: str, values: str, *, is_kept: bool) -> Condition:
    if field not in _FIELDS:
        raise InvalidValueError(
            f"the filter has the unknown field {field!r}; the fields are {', '.join(FIELDS)}"
        )
    exact, prefixes = set(), []
    for found in _VALUE.finditer(values):
        value, is_prefix = _value(found)
        known = None if is_kept else _VALUES.get(field)
        if known is not None and not _is_among(known, value, is_prefix=is_prefix):
            raise InvalidValueError(_unknown(field, value, known, is_prefix=is_prefix))
        if is_prefix:
            prefixes.append(value)
        else:
            exact.add(value)
    return Condition(field, relation == "!=", frozenset(exact), tuple(prefixes))


def _value(found: re.Match[str]) -> tuple[str, bool]:
    """The value without its quotes and ``*``, and whether it stands for all that begin so."""
    bare: str | None = found["bare"]
    if bare is None:
        return found["quoted"], found["all"] == "*"
    return bare.removesuffix("*"), bare.endswith("*")


def _is_among(known: Iterable[str], value: str, *, is_prefix: bool) -> bool:
    return any(each == value or (is_prefix and each.startswith(value)) for each in known)


def _unknown(field: str, value: str, known: Iterable[str], *, is_prefix: bool) -> str:
    text = f"the filter compares {field} with {value[:60] + '*' * is_prefix!r}"
    if value.endswith("*") and _is_among(known, value[:-1], is_prefix=True):
        return f"{text}; in double quotes * is no more than itself; write {value} without them"
    return f"{text}; its values are {', '.join(known)}"
