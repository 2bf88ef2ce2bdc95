"""Imports point one way, and each library has one owner."""

import ast
from pathlib import Path

import pytest

import vifcast

ROOT = Path(vifcast.__file__).parent

# From the top down; a module imports from its own layer or a lower one.
LAYERS = [
    {"__main__"},
    {"cli"},
    {"serve"},
    {"api", "doctor"},
    {"ingest", "reconcile", "retention"},
    {"bus", "store"},
    {"notification", "ledger", "representation", "display", "steps"},
    {"config", "option_values", "broker_commands", "metrics", "addresses", "times", "names"},
    {"model", "host", "gap", "errors", "version"},
]

OWNERS = {
    "kombu": {"bus"},
    "amqp": {"bus"},
    "oslo_messaging": {"bus"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "fastapi": {"api"},
    "starlette": {"api"},
    "pydantic": {"api"},
    "jinja2": {"api"},
    "uvicorn": {"serve"},
    "oslo_config": {
        "config",
        "option_values",
        "bus",
    },  # bus: TransportURL.parse() wants a ConfigOpts
    "prometheus_client": {"metrics"},
    "click": {"cli"},
    "rich": {"cli"},
    "platformdirs": {"config"},
    "openstack": {"reconcile"},
    "keystoneauth1": {"reconcile"},
    "requests": {"reconcile"},
}

MODULES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def layer(part: str) -> int:
    (found,) = (number for number, parts in enumerate(LAYERS) if part in parts)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    own = part_of(path)
    for name in imported(path):
        if name.startswith("vifcast."):
            other = name.split(".")[1]
            assert layer(own) <= layer(other), f"{own} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_library_has_one_owner(path):
    for name in imported(path):
        owners = OWNERS.get(name.split(".")[0])
        assert owners is None or part_of(path) in owners, f"{name} belongs to {owners}"
