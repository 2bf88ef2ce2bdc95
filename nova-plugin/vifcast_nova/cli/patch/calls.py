"""The four calls in ``nova/compute/manager.py``.

Nova says START and END of an attach or detach in its versioned notifications; ours go
right before those. Read in 17.0.13 (Queens) to 34.0.0 (2026.2): the calls stand in
``ComputeManager.attach_interface`` and ``.detach_interface``, since 21 (Ussuri) in
``._attach_interface`` and ``._detach_interface``.
"""

import ast

from vifcast_nova.cli.patch import places
from vifcast_nova.cli.patch.errors import NotUnderstood
from vifcast_nova.syntax import calls_that_send, dotted, text_of

NOTIFY = "_notify_about_instance_usage"
_VERSIONED = ["compute_utils", "notify_about_instance_action"]
_NAMES = ["self", "context", "instance"]


def find(source):
    """The places of the calls, a list of Place; raises NotUnderstood."""
    methods = _methods_of_manager(source)
    if NOTIFY not in methods or _arguments(methods[NOTIFY])[:3] != _NAMES:
        raise NotUnderstood(
            "%s: ComputeManager has no %s(self, context, instance, ...), which the patch "
            "calls." % (source.path, NOTIFY)
        )
    return [_find_one(source, methods, *kind) for kind in places.KINDS]


def _find_one(source, methods, verb, phase):
    suffix = places.SUFFIX % (verb, phase)
    names = ("_%s_interface" % verb, "%s_interface" % verb)
    functions = [methods[name] for name in names if name in methods]
    calls = [
        (function, block, at)
        for function in functions
        for block in _blocks(function)
        for at, statement in enumerate(block)
        if _says(statement, "INTERFACE_" + verb.upper(), phase.upper())
    ]
    if len(calls) != 1:
        raise NotUnderstood(
            "%s: ComputeManager.%s sends Nova's own versioned notification of its %s "
            "%d times instead of once." % (source.path, names[1], phase, len(calls))
        )
    function, block, at = calls[0]
    versioned = block[at]
    _check_names(source, function, versioned)
    text = (
        source.indent(versioned.lineno)
        + ('self.%s(context, instance, "%s")' % (NOTIFY, suffix)).encode("ascii")
        + source.line_end(versioned.lineno)
    )
    calls = [c for f in functions for c in calls_that_send(f, suffix)]
    if not calls:
        return places.Place(suffix, places.MISSING, versioned.lineno, text, "")
    if len(calls) > 1:
        raise NotUnderstood(
            "%s: %s is sent more than once, in lines %s."
            % (source.path, suffix, ", ".join(str(c.lineno) for c in calls))
        )
    line = calls[0].lineno
    if line == versioned.lineno - 1 and source.line(line) == text:
        return places.Place(suffix, places.OURS, line, text, "")
    return places.Place(suffix, places.BY_HAND, line, text, _note(block, at, calls[0], suffix))


def _note(block, at, call, suffix):
    """How a call written by hand differs from ours."""
    plain = (
        dotted(call.func) == ["self", NOTIFY]
        and [dotted(a) for a in call.args[:2]] == [["context"], ["instance"]]
        and [text_of(a) for a in call.args[2:]] == [suffix]
        and not call.keywords
    )
    if not plain:
        return "with other arguments"
    if _is_call(block[at - 1] if at else None, call):
        return "the same, written otherwise"
    if _is_call(block[at + 1] if at + 1 < len(block) else None, call):
        return "the same, after Nova's versioned notification"
    return "in another place"


def _methods_of_manager(source):
    for statement in source.tree.body:
        if isinstance(statement, ast.ClassDef) and statement.name == "ComputeManager":
            return {f.name: f for f in statement.body if isinstance(f, ast.FunctionDef)}
    raise NotUnderstood("%s is not Nova's: it has no class ComputeManager." % source.path)


def _check_names(source, function, versioned):
    arguments = _arguments(function)
    named = [dotted(a) for a in versioned.value.args[:2]] == [["context"], ["instance"]]
    if not named or arguments[:1] != ["self"] or not set(_NAMES) <= set(arguments):
        raise NotUnderstood(
            "%s: ComputeManager.%s has other names for context and instance (line %d)."
            % (source.path, function.name, versioned.lineno)
        )
    if not source.begins_line(versioned):
        raise NotUnderstood(
            "%s: line %d has something before Nova's notification."
            % (source.path, versioned.lineno)
        )


def _arguments(function):
    # Names on Python 2.7, objects of their own kind on 3.
    return [getattr(a, "arg", getattr(a, "id", None)) for a in function.args.args]


def _blocks(node):
    """Every list of statements in a function, without those of nested functions and classes."""
    for _, value in ast.iter_fields(node):
        items = [i for i in value if isinstance(i, ast.AST)] if isinstance(value, list) else []
        if items and isinstance(items[0], ast.stmt):
            yield items
        for item in items:
            if not isinstance(item, (ast.expr, ast.FunctionDef, ast.ClassDef)):
                for block in _blocks(item):
                    yield block


def _says(statement, action, phase):
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    call = statement.value
    passed = {k.arg: dotted(k.value) for k in call.keywords}
    return (
        dotted(call.func) == _VERSIONED
        and passed.get("action", [])[1:] == ["NotificationAction", action]
        and passed.get("phase", [])[1:] == ["NotificationPhase", phase]
    )


def _is_call(statement, call):
    return isinstance(statement, ast.Expr) and statement.value is call
