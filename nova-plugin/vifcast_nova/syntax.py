"""What a syntax tree says: texts, dotted names, and which calls send a notification.

Of the source patch, and of the question at nova-compute's start whether Nova is patched
already. Standard library alone, Python 2.7 and 3.6 on.
"""

import ast

_PREFIX = "compute.instance."
# Nova's own name for it is LOG. Their last words do not matter: none of them sends.
_LOGGERS = ("log", "logger", "logging")


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
    """The calls that are given ``suffix`` or its event type, and are not a log's.

    Whatever the function is called: a patch may have one of its own.

    :param suffix: str, ``interface_attach.start``
    """
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and not _only_speaks(dotted(node.func))
        and not {suffix, _PREFIX + suffix}.isdisjoint(
            [text_of(a) for a in node.args] + [text_of(k.value) for k in node.keywords]
        )
    ]


def _only_speaks(names):
    return names == ["print"] or any(name.strip("_").lower() in _LOGGERS for name in names[:-1])
