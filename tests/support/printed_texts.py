"""Patterns of what a program prints, read from its sources.

An expression becomes a pattern of what its value may look like: names, parameters, calls and lists
of the program are followed to the string literals that they are made of. What cannot be followed
is a ``value``; the program is read, never run.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from source_module import Function, Module, id_of, key_of, name_of, values_of
from text_pattern import Pattern, literal

SLOT = re.compile(r"%(?:\(\w+\))?(?:\.\d+)?[sdrg]|\{[a-z_]*\}")
# They change neither the words of a text, nor what is in a list.
SAME_TEXT = {"str", "lower", "replace", "rstrip", "strip"}
# Methods of one name, of as many classes, say nothing about which is called.
MANY = 5
SAME_LIST = {"sorted", "list", "fromkeys", "tuple", "set"}
# Keys of documents that one part of a program makes, and another reads.
FOLLOWED_KEYS = {"text", "trouble"}
UNKNOWN = ast.expr()  # stands for what is not followed
Slots = Sequence[ast.expr] | Mapping[str, ast.expr] | None


class Program:
    """All modules of a program; ``value`` is the expression for what is not followed."""

    def __init__(self, folder: Path, value: str) -> None:
        self.value = Pattern("value", value)
        self.modules = {path: Module(path) for path in sorted(folder.rglob("*.py"))}
        self.home = {
            node: module for module in self.modules.values() for node in ast.walk(module.tree)
        }
        self.bases = [
            (node.name, name_of(base))
            for node in self.home
            if isinstance(node, ast.ClassDef)
            for base in node.bases
        ]
        self.calls_of: dict[str, list[ast.Call]] = {}
        for node in self.home:
            if isinstance(node, ast.Call):
                self.calls_of.setdefault(name_of(node.func), []).append(node)
        self.items = [node for node in self.home if isinstance(node, ast.Dict | ast.Assign)]
        self.active: list[object] = []
        self.known: dict[ast.AST, Pattern] = {}

    def calls(self, *names: str, within: Module | None = None) -> Iterator[ast.Call]:
        """Each call of a function of one of these names."""
        for name in names:
            for node in self.calls_of.get(name, ()):
                if within is None or self.home[node] is within:
                    yield node

    def pattern(self, node: ast.AST, slots: Slots = None) -> Pattern:
        """What the value of an expression may look like."""
        if slots is None and node in self.known:
            return self.known[node]
        if node in self.active:
            return self.value
        self.active.append(node)
        found = self._pattern(node, slots)
        self.active.pop()
        if slots is None:
            self.known[node] = found
        return found

    def _pattern(  # noqa: C901, PLR0911 - a case for each kind
        self, node: ast.AST, slots: Slots
    ) -> Pattern:
        match node:
            case ast.Constant(value=str(text)):
                return self._filled(text, slots)
            case ast.Constant(value=None):
                return literal("")
            case ast.Constant(value=value):
                return literal(str(value))
            case ast.JoinedStr(values=parts):
                return Pattern("all", parts=[self.pattern(part, slots) for part in parts])
            case ast.FormattedValue(value=value):
                return self.pattern(value)
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                return self.pattern(left, right.elts if isinstance(right, ast.Tuple) else [right])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                sides = [self.pattern(left, slots), self.pattern(right, slots)]
                return Pattern("all", parts=sides)
            case ast.IfExp(body=body, orelse=other):
                return self._any([body, other], slots)
            case ast.BoolOp(values=values):
                return self._any(values, slots)
            case ast.Call():
                return self._call(node, slots)
            case ast.Name() | ast.Attribute() | ast.Subscript():
                more = [
                    Pattern("any", parts=[literal(""), self.pattern(each)])
                    for each in self._added(node)
                ]
                return Pattern("all", parts=[self._any(self.sources(node), slots), *more])
        return self.value

    def _any(self, nodes: Sequence[ast.AST], slots: Slots = None) -> Pattern:
        return Pattern("any", parts=[self.pattern(each, slots) for each in nodes] or [self.value])

    def _filled(self, text: str, slots: Slots) -> Pattern:
        if slots is None:
            return literal(text)
        parts = []
        for number, word in enumerate(SLOT.split(text)):
            parts += [literal(word.replace("%%", "%")), self.value]
            if isinstance(slots, Mapping) and number < len(SLOT.findall(text)):
                slot = SLOT.findall(text)[number].strip("{}")
                parts[-1] = self.pattern(slots[slot]) if slot in slots else self.value
            elif not isinstance(slots, Mapping) and number < len(slots):
                parts[-1] = self.pattern(slots[number])
        return Pattern("all", parts=parts[:-1])

    def _call(self, node: ast.Call, slots: Slots) -> Pattern:
        name = name_of(node.func)
        if name == "format" and isinstance(node.func, ast.Attribute):
            named = {each.arg: each.value for each in node.keywords if each.arg}
            return self.pattern(node.func.value, named or node.args)
        if name == "join" and isinstance(node.func, ast.Attribute):
            one, between = self._any(self.elements(node.args[0])), self.pattern(node.func.value)
            return Pattern("joined", parts=[one, between])
        if name == "next":
            return self._any(self.elements(node.args[0]), slots)
        if name in SAME_TEXT:
            text = node.func.value if isinstance(node.func, ast.Attribute) else node.args[0]
            return self.pattern(text, slots)
        if name == "get" and isinstance(node.func, ast.Attribute):
            return self._any([*self.sources(node.func), *node.args[1:]], slots)
        returned = self.returned(node)
        return self._any(returned, slots) if returned else self.value

    def returned(self, node: ast.Call) -> list[ast.expr]:
        """What the called function returns or yields, if it is the program's."""
        functions = [each for each in self._functions(node) if each not in self.active]
        return [value for each in functions for value in values_of(each)]

    def _functions(self, node: ast.Call) -> list[Function]:
        name, home = name_of(node.func), self.home[node]
        if isinstance(node.func, ast.Name):
            if name in home.functions:
                return [home.functions[name]]
            name, of = home.imported.get(name, (name, ""))
        else:
            of = id_of(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        named = {p: m.functions[name] for p, m in self.modules.items() if name in m.functions}
        # A module's, or else a method of some object.
        found = [function for path, function in named.items() if path.stem == of]
        return found or (list(named.values()) if len(named) <= MANY else [])

    def sources(self, node: ast.expr) -> list[ast.expr]:  # noqa: PLR0911 - a case for each kind
        """The expressions that a name, an attribute or an item may have its value from."""
        match node:
            case ast.Name():
                return self._named(node)
            case ast.Subscript(slice=ast.Constant(value=str(key))) if key in FOLLOWED_KEYS:
                return self._items(key)
            case ast.Subscript(value=of):
                return self._values(of)
            case ast.Attribute(value=of, attr="get"):
                return self._values(of)
            case ast.Attribute(value=ast.Name() as of, attr=name):
                handled = self._raised(of)
                if handled and name == "advice":
                    return [each.args[1] for each in handled if len(each.args) > 1]
                return self._attribute(of.id, name)
            case ast.Attribute(attr=name):
                return self._attribute("", name)
        return []

    def _attribute(self, of: str, name: str) -> list[ast.expr]:
        """A constant of the module ``of``, or what the only property of that name returns."""
        constants = [
            m.constants[name]
            for p, m in self.modules.items()
            if p.stem == of and name in m.constants
        ]
        functions = [m.functions[name] for m in self.modules.values() if name in m.functions]
        if constants or len(functions) != 1 or functions[0] in self.active:
            return constants
        return values_of(functions[0]) if functions[0].decorator_list else []

    def _values(self, of: ast.expr) -> list[ast.expr]:
        return [
            value
            for each in self.sources(of)
            if isinstance(each, ast.Dict | ast.DictComp)
            for value in (each.values if isinstance(each, ast.Dict) else [each.value])
        ]

    def _items(self, key: str) -> list[ast.expr]:
        """What a dict of the program has at a key, wherever that is set."""
        found = []
        for node in self.items:
            if isinstance(node, ast.Dict):
                found += [
                    value
                    for name, value in zip(node.keys, node.values, strict=True)
                    if isinstance(name, ast.Constant) and name.value == key
                ]
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    found += self._unpacked(target, node.value, key)
        return found

    def _named(self, node: ast.Name) -> list[ast.expr]:
        module = self.home[node]
        function = module.owner.get(node)
        found: list[ast.expr] = []
        for each in ast.walk(function) if function else ():
            if isinstance(each, ast.Assign):
                for target in each.targets:
                    found += self._unpacked(target, each.value, node.id)
            elif isinstance(each, ast.comprehension | ast.For) and id_of(each.target) == node.id:
                found += self.elements(each.iter)
        found = [each for each in found if each not in self.active]
        found += [each.args[0] for each in self._raised(node) if each.args]
        if function and node.id in [each.arg for each in function.args.args]:
            return found + (self._passed(module, function, node.id) or [UNKNOWN])
        if found:
            return found
        if node.id in module.constants:
            return [module.constants[node.id]]
        constants = [m.constants[node.id] for m in self.modules.values() if node.id in m.constants]
        return constants if len(constants) == 1 else []

    def _added(self, node: ast.AST) -> list[ast.expr]:
        """What ``+=`` adds to a name."""
        function = self.home[node].owner.get(node)
        return [
            each.value
            for each in (ast.walk(function) if function and isinstance(node, ast.Name) else ())
            if isinstance(each, ast.AugAssign) and id_of(each.target) == id_of(node)
        ]

    def _unpacked(self, target: ast.expr, value: ast.expr, name: str) -> list[ast.expr]:
        """The part of ``value`` that an assignment gives to a name, or to the item of a key."""
        if name in (id_of(target), key_of(target)):
            return [value]
        places = target.elts if isinstance(target, ast.Tuple) else []
        number = next(
            (n for n, each in enumerate(places) if name in (id_of(each), key_of(each))), None
        )
        wholes = self.returned(value) if isinstance(value, ast.Call) else [value]
        tuples = [each for each in wholes if isinstance(each, ast.Tuple)]
        if number is None:
            return []
        return [each.elts[number] for each in tuples] or [UNKNOWN]

    def _passed(self, module: Module, function: Function, name: str) -> list[ast.expr]:
        """What the calls of a function pass as one of its parameters."""
        number = [each.arg for each in function.args.args].index(name)
        within = module if function.name.startswith("_") else None
        found = []
        for call in self.calls(function.name, within=within):
            found += [each.value for each in call.keywords if each.arg == name]
            found += call.args[number : number + 1]
        return found

    def _raised(self, node: ast.Name) -> list[ast.Call]:
        """The exceptions that the program makes, where the name is that of a handled one."""
        module = self.home[node]
        function = module.owner.get(node)
        classes: set[str] = set()
        for each in ast.walk(function) if function else ():
            if isinstance(each, ast.ExceptHandler) and each.name == node.id and each.type:
                named = each.type.elts if isinstance(each.type, ast.Tuple) else [each.type]
                classes.update(map(name_of, named))
        while more := {name for name, base in self.bases if base in classes} - classes:
            classes |= more
        return list(self.calls(*classes)) if classes else []

    def elements(self, node: ast.expr) -> list[ast.expr]:
        """The expressions that the elements of a list may have their value from."""
        if node in self.active:
            return []
        self.active.append(node)
        found = self._elements(node)
        self.active.pop()
        return found

    def _elements(self, node: ast.expr) -> list[ast.expr]:  # noqa: PLR0911 - a case for each kind
        match node:
            case ast.List(elts=inside) | ast.Tuple(elts=inside) | ast.Set(elts=inside):
                return [
                    one
                    for each in inside
                    for one in (
                        self.elements(each.value) if isinstance(each, ast.Starred) else [each]
                    )
                ]
            case ast.ListComp(elt=one) | ast.GeneratorExp(elt=one) | ast.SetComp(elt=one):
                return [one]
            case (
                ast.BinOp(left=left, op=ast.Add(), right=right) | ast.IfExp(body=left, orelse=right)
            ):
                return [*self.elements(left), *self.elements(right)]
            case ast.Call(args=[first, *_]) if name_of(node.func) in SAME_LIST:
                return self.elements(first)
            case ast.Call():
                return [one for each in self.returned(node) for one in self._inside(each)]
            case ast.Name():
                found = [one for each in self.sources(node) for one in self.elements(each)]
                found += [one for each in self._added(node) for one in self.elements(each)]
                return found + self._appended(node)
        return []

    def _inside(self, returned: ast.expr) -> list[ast.expr]:
        # What a generator yields is an element itself.
        return self.elements(returned) or [returned]

    def _appended(self, node: ast.Name) -> list[ast.expr]:
        function = self.home[node].owner.get(node)
        return [
            each.args[0]
            for each in (ast.walk(function) if function else ())
            if isinstance(each, ast.Call)
            and isinstance(each.func, ast.Attribute)
            and (each.func.attr, id_of(each.func.value)) == ("append", node.id)
        ]
