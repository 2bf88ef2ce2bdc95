"""A module's source, and the names in it."""

import ast
from pathlib import Path

Function = ast.FunctionDef


class Module:
    """The parts of a module that texts are made of, by name."""

    def __init__(self, path: Path) -> None:
        self.tree = ast.parse(path.read_text())
        self.functions: dict[str, Function] = {}
        self.owner: dict[ast.AST, Function] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                self.functions[node.name] = node
                for inner in ast.walk(node):
                    self.owner[inner] = node
        self.imported = {
            each.asname or each.name: (each.name, (node.module or "").rpartition(".")[2])
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom)
            for each in node.names
        }
        self.constants = {
            target.id: node.value
            for node in self.tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }


def values_of(function: Function) -> list[ast.expr]:
    inner = [each for each in ast.walk(function) if isinstance(each, ast.Return | ast.Yield)]
    return [each.value for each in inner if each.value is not None]


def name_of(node: ast.expr) -> str:
    """``send`` of ``send`` and of ``broker.send``."""
    return node.attr if isinstance(node, ast.Attribute) else id_of(node)


def id_of(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def key_of(node: ast.expr) -> str:
    key = node.slice if isinstance(node, ast.Subscript) else None
    return str(key.value) if isinstance(key, ast.Constant) else ""
