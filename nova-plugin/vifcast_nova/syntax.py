"""What a syntax tree says: texts, dotted names, and which calls send a notification.

Of the source patch, and of the question at nova-compute's start whether Nova is patched
already. Standard library alone, Python 2.7 and 3.6 on.
"""

import ast

_PREFIX = "compute.instance."
# Nova's own name for it is LOG. Their last words do not matter: none of them sends.
_LOGGERS = ("log", "logger", "logging")
_OPERANDS = (["context"], ["instance"])


def text_of(node):
    """The text that an expression of literals makes, None for any other expression.

    Beside the literal itself: ``"a" + "b"``, and ``"a%s" % "b"`` with one text or a tuple
    of them. Nothing is looked up, and no function's doing is known.
    """
    if isinstance(node, ast.BinOp):
        return _joined(node.op, text_of(node.left), node.right)
    # ast.Str until Python 3.7, ast.Constant since.
    value = getattr(node, "s" if type(node).__name__ == "Str" else "value", None)
    return value if isinstance(value, str) else None


def _joined(op, left, right):
    parts = right.elts if isinstance(right, ast.Tuple) else [right]
    texts = [text_of(part) for part in parts]
    if left is None or None in texts:
        return None
    if isinstance(op, ast.Add) and not isinstance(right, ast.Tuple):
        return left + texts[0]
    if isinstance(op, ast.Mod) and left.count("%s") == left.count("%") == len(texts):
        return left % tuple(texts)
    return None


def dotted(node):
    """``["fields", "NotificationPhase", "START"]`` of such an expression, else []."""
    names = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id] + names if isinstance(node, ast.Name) else []


def calls_that_send(tree, suffix):
    """The calls that are given ``suffix`` or its event type, and seem to send it.

    A patch may have a function of its own: any that is given Nova's context or instance too,
    or is called a notifier or the like. What counts, times or warns is given the text alone;
    a log may be given the instance and sends nothing.

    :param tree: of a method, with its literals and the variables that they are bound to
    :param suffix: str, ``interface_attach.start``
    """
    bound = _bound(tree)
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and _may_send(node)
        and any(
            not {suffix, _PREFIX + suffix}.isdisjoint(_texts_of(value, bound))
            for value in _given(node)
        )
    ]


def _given(call):
    return call.args + [keyword.value for keyword in call.keywords]


def _bound(tree):
    """``{name: set of str}`` of the variables that are set to literals."""
    bound = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    bound.setdefault(target.id, set()).update(_texts_of(node.value, {}))
    return bound


def _texts_of(node, bound):
    if isinstance(node, ast.IfExp):
        return _texts_of(node.body, bound) | _texts_of(node.orelse, bound)
    if isinstance(node, ast.Name):
        return bound.get(node.id, set())
    return {text_of(node)}


def _may_send(call):
    names = dotted(call.func)
    is_called_so = any("notif" in name.lower() for name in names)
    return not _only_speaks(names) and (
        is_called_so or any(dotted(value) in _OPERANDS for value in _given(call))
    )


def _only_speaks(names):
    return names == ["print"] or any(name.strip("_").lower() in _LOGGERS for name in names[:-1])
