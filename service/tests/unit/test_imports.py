"""Imports point one way, between packages and inside them, and each library has one owner."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import vifcast.store

ROOT = Path(vifcast.__file__).parent

# From the top down; a module imports from its own layer or a lower one.
LAYERS = [
    {"__main__"},
    {"cli"},
    {"serve", "http_server", "http_protocol", "malformed_requests"},
    {"osc"},
    {"client"},
    {"web"},
    {"api", "doctor"},
    {"subscribing"},
    {"delivery"},
    {"ingest", "reconcile", "retention", "identity", "heartbeat", "health", "listening"},
    {"bus", "store"},
    {"representation", "decoding"},
    {"notification", "ledger", "display", "steps", "statistics", "timeline", "csv_text"},
    {
        "config",
        "api_settings",
        "ingest_settings",
        "delivery_settings",
        "options",
        "option_values",
        "broker_commands",
        "metrics",
        "addresses",
        "secret_box",
        "times",
        "names",
        "log",
    },
    {"subscription"},
    {
        "model",
        "host",
        "gap",
        "token",
        "web_session",
        "process",
        "systemd",
        "reconciliation",
        "request_id",
        "retried",
        "repeats",
    },
    {"errors", "version"},
]

# The same inside the store, whose top is what other packages see.
STORE_LAYERS = [
    {"__init__"},
    {"database", "delivery_reader", "replaying", "subscribing", "upkeep", "web_sessions"},
    {"dispatch", "replay_feed"},
    {"store", "reader", "ledger_reader", "service_reader", "reading", "answer_gaps", "timeline"},
    {"batch", "schema_found"},
    {"retention", "migrations"},
    {"projection"},
    {"tables"},
    {"sql"},
    {"backends"},
    {"queries", "turns", "gate"},
]

# The rest of the store asks a ``Backend``. Migrations keep what they did, whatever becomes of it.
COMPARES_DIALECTS = ("backends/", "migrations/versions/")

OWNERS = {
    "kombu": {"bus"},
    "amqp": {"bus"},
    "aiohttp": {"delivery"},
    "cryptography": {"secret_box", "delivery", "subscribing", "web"},
    "oslo_messaging": {"bus"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "fastapi": {"api", "web", "serve"},
    "limits": {"api"},
    "sse_starlette": {"api"},
    "starlette": {"api", "web"},
    "pydantic": {"api"},
    "jinja2": {"web"},
    "babel": {"web"},
    "uvicorn": {"http_server", "http_protocol"},
    # bus: TransportURL.parse() wants a ConfigOpts; identity: so do auth_token and oslo.policy.
    "oslo_config": {"options", "option_values", "bus", "identity", "log"},
    "oslo_log": {"log"},
    "oslo_policy": {"identity"},
    "keystonemiddleware": {"identity"},
    "prometheus_client": {"metrics"},
    "click": {"cli"},
    "rich": {"cli"},
    "platformdirs": {"config"},
    "osc_lib": {"osc"},
    "openstack": {"reconcile", "client"},
    "keystoneauth1": {"reconcile", "identity", "client"},
    "requests": {"reconcile", "client"},
}

MODULES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")
OF_STORE = [path for path in MODULES if path.is_relative_to(ROOT / "store")]


def part_of(path: Path, root: Path = ROOT) -> str:
    return path.relative_to(root).parts[0].removesuffix(".py")


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def numbered(layers: list[set[str]], part: str) -> int:
    (found,) = (number for number, parts in enumerate(layers) if part in parts)
    return found


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


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    own = part_of(path)
    for name in imported(path):
        if name.startswith("vifcast."):
            other = name.split(".")[1]
            assert numbered(LAYERS, own) <= numbered(LAYERS, other), f"{own} imports {name}"


@pytest.mark.parametrize("path", OF_STORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down_inside_the_store(path):
    own = part_of(path, ROOT / "store")
    for name in imported(path):
        if name.startswith("vifcast.store."):
            other = name.split(".")[2]
            assert numbered(STORE_LAYERS, own) <= numbered(STORE_LAYERS, other), (
                f"{own} imports {name}"
            )


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if part_of(path) != "store"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_other_packages_use_the_store_by_its_face(path):
    face = {f"vifcast.store.{name}" for name in vifcast.store.__all__}
    used = {name for name in imported(path) if name.startswith("vifcast.store.")}
    assert used <= face


def test_no_modules_import_each_other_in_a_circle():
    modules = {module_of(path): path for path in MODULES}
    graph = {module: imported(path) & modules.keys() for module, path in modules.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names them


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in OF_STORE
        if not str(path.relative_to(ROOT / "store")).startswith(COMPARES_DIALECTS)
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_only_backends_compare_names_of_dialects(path):
    for node in decisions(path):
        named = [ast.unparse(each) for each in ast.walk(node) if isinstance(each, ast.Attribute)]
        assert not any(name.endswith("dialect.name") for name in named), ast.unparse(node)


def decisions(path: Path) -> Iterator[ast.AST]:
    """What is compared, matched or looked up."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare):
            yield node
        elif isinstance(node, ast.Match):
            yield node.subject
        elif isinstance(node, ast.Subscript):
            yield node.slice


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_library_has_one_owner(path):
    for name in imported(path):
        owners = OWNERS.get(name.split(".")[0])
        assert owners is None or part_of(path) in owners, f"{name} belongs to {owners}"
