"""Imports point one way, and Nova loads nothing of the command."""

import ast
import json
import os
import subprocess
import sys

import pytest
import vifcast_nova
from conftest import HERE
from lab import broker

ROOT = os.path.dirname(os.path.abspath(vifcast_nova.__file__))

# From the top down: a module imports from its own layer or a lower one.
PACKAGES = [
    {"__main__"},
    {"cli"},
    {"driver"},
    {"hooks"},
    {"notify"},
    {"outbox"},
    {"guard", "options", "syntax", "versions"},
]
COMMANDS = [{"main"}, {"outbox"}, {"check", "patch"}, {"console", "outbox_contents"}]
LAYERED = [("vifcast_nova", PACKAGES), ("vifcast_nova.cli", COMMANDS)]


def _modules():
    """``{dotted name: path}`` of all that is installed."""
    found = {}
    for folder, _, names in os.walk(ROOT):
        package = "vifcast_nova" + folder[len(ROOT) :].replace(os.sep, ".")
        for name in names:
            if name == "__init__.py":
                found[package] = os.path.join(folder, name)
            elif name.endswith(".py"):
                found["%s.%s" % (package, name[:-3])] = os.path.join(folder, name)
    return found


MODULES = _modules()
NAMES = sorted(MODULES)


def imported(name):
    """What a module imports, wherever in it: dotted names, ``from a import b`` as ``a.b``."""
    with open(MODULES[name], "rb") as source:
        tree = ast.parse(source.read())
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "%s: relative import" % name
            found |= {"%s.%s" % (node.module, alias.name) for alias in node.names}
    return found


def module_of(dotted):
    """The module of ours that an import of ``dotted`` is of; None for others' modules."""
    while dotted and dotted not in MODULES:
        dotted = dotted.rpartition(".")[0]
    return dotted or None


def ours_in(name):
    """The modules of ours that ``name`` imports, a set."""
    found = {module_of(dotted) for dotted in imported(name)}
    return found - {None, "vifcast_nova", name}


def layer(layers, part):
    """How far down ``part`` stands."""
    (found,) = [number for number, parts in enumerate(layers) if part in parts]
    return found


def part_below(package, name):
    """``hooks`` for vifcast_nova.hooks.install below vifcast_nova; None where it is not below."""
    prefix = package + "."
    return name[len(prefix) :].split(".")[0] if name.startswith(prefix) else None


@pytest.mark.parametrize("name", NAMES)
def test_imports_point_down(name):
    for package, layers in LAYERED:
        own = part_below(package, name)
        for other in ours_in(name):
            part = part_below(package, other)
            if own and part:
                assert layer(layers, own) <= layer(layers, part), "%s imports %s" % (name, other)


def test_no_module_imports_itself_by_way_of_others():
    imports = {name: ours_in(name) for name in NAMES}
    while imports:
        ends = {name for name, others in imports.items() if not others & set(imports)}
        assert ends, "these are a circle, or import one: %s" % ", ".join(sorted(imports))
        imports = {name: others for name, others in imports.items() if name not in ends}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_the_command_names_the_command(name):
    if name.startswith("vifcast_nova.cli") or name == "vifcast_nova.__main__":
        return
    with open(MODULES[name], "rb") as source:
        assert b"vifcast_nova.cli" not in source.read()


@pytest.mark.parametrize("name", NAMES)
def test_python_2_takes_no_module_of_ours_for_another(name):
    """``import outbox`` in a folder with an outbox.py would be that: an implicit relative one."""
    package = name if MODULES[name].endswith("__init__.py") else name.rpartition(".")[0]
    for dotted in imported(name):
        first = dotted.split(".")[0]
        assert "%s.%s" % (package, first) not in MODULES, "%s imports %s" % (name, dotted)


def test_nova_loads_nothing_of_the_command(tmpdir):
    command = [sys.executable, "-W", "ignore", "-m", "lab.loading"]
    output = subprocess.check_output(command + [broker.new_vhost(), str(tmpdir)], cwd=HERE)
    printed = json.loads(output.decode("utf-8").splitlines()[-1])
    nics = [name for name in printed["event_types"] if "interface_" in name]
    assert [name.split("interface_")[1] for name in nics] == [
        "attach.start", "attach.end", "detach.start", "detach.end"
    ]
    assert "vifcast.report" in printed["event_types"]
    loaded = set(printed["loaded"])
    assert {"vifcast_nova.hooks.wrappers", "vifcast_nova.notify.host_report"} <= loaded
    assert "vifcast_nova.outbox.sender" in loaded
    assert [name for name in printed["loaded"] if name.startswith("vifcast_nova.cli")] == []
