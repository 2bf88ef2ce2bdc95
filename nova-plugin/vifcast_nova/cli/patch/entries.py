"""The four entries in ``nova/rpc.py``: event types that Nova does not warn of."""

import ast

from vifcast_nova.cli.patch import places
from vifcast_nova.cli.patch.errors import NotUnderstood
from vifcast_nova.syntax import text_of

_CLASS = "LegacyValidatingNotifier"
_LIST = "allowed_legacy_notification_event_types"
_BEFORE = "compute.instance.volume.detach"


def find(source):
    """The places of the entries, a list of Place; raises NotUnderstood."""
    items = _list(source).elts
    before = [i for i, item in enumerate(items) if text_of(item) == _BEFORE]
    if len(before) != 1:
        raise NotUnderstood(
            "%s: %s is %d times in %s; once was expected."
            % (source.path, _BEFORE, len(before), _LIST)
        )
    anchor = items[before[0]].lineno
    if any(item.lineno == anchor for item in items[before[0] + 1 :]):
        raise NotUnderstood(
            "%s: line %d has another event type after %s." % (source.path, anchor, _BEFORE)
        )
    # Ours stand right below, without a gap, in our order.
    below = anchor + 1
    found = []
    for kind in places.KINDS:
        place = _find_one(source, items, places.EVENT_TYPE % kind, anchor, below)
        below += place.state == places.OURS
        found.append(place)
    return found


def _find_one(source, items, event_type, anchor, below):
    text = source.indent(anchor) + ("'%s'," % event_type).encode("ascii") + source.line_end(anchor)
    lines = [item.lineno for item in items if text_of(item) == event_type]
    if not lines:
        return places.Place(event_type, places.MISSING, anchor + 1, text, "")
    if lines == [below] and source.line(below) == text:
        return places.Place(event_type, places.OURS, below, text, "")
    return places.Place(event_type, places.BY_HAND, lines[0], text, "the same, written otherwise")


def _list(source):
    for statement in source.tree.body:
        if isinstance(statement, ast.ClassDef) and statement.name == _CLASS:
            for inner in statement.body:
                if _sets_list(inner) and isinstance(inner.value, ast.List):
                    return inner.value
    raise NotUnderstood(
        "%s is not Nova's, or not as known: it has no list %s.%s." % (source.path, _CLASS, _LIST)
    )


def _sets_list(statement):
    return isinstance(statement, ast.Assign) and [
        getattr(target, "id", None) for target in statement.targets
    ] == [_LIST]
