"""The installed command ``vifcast-nova patch`` on the Nova beside it, with its Python."""

import os
import py_compile
import shutil
import subprocess
import sys

import pytest

COMMAND = os.path.join(os.path.dirname(sys.executable), "vifcast-nova")
FILES = ("__init__.py", "rpc.py", os.path.join("compute", "manager.py"))
NOT_PATCHED = 3


def run(*arguments):
    """Exit code and stdout (bytes) of the command; what it says on stderr is pytest's."""
    process = subprocess.Popen((COMMAND,) + arguments, stdout=subprocess.PIPE, cwd=os.sep)
    out = process.communicate()[0]
    return process.returncode, out


def installed():
    import nova

    return os.path.dirname(os.path.realpath(nova.__file__))


def contents(folder):
    """``{path: bytes}`` of everything below ``folder``."""
    found = {}
    for directory, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(directory, name)
            with open(path, "rb") as opened:
                found[os.path.relpath(path, folder)] = opened.read()
    return found


@pytest.fixture
def tree(tmpdir):
    """A folder that holds a copy of the files of the installed Nova that matter."""
    folder = str(tmpdir.mkdir("tree"))
    os.makedirs(os.path.join(folder, "nova", "compute"))
    for name in FILES:
        shutil.copy(os.path.join(installed(), name), os.path.join(folder, "nova", name))
    return folder


def test_without_a_folder_it_finds_the_nova_beside_it_and_leaves_it():
    code, out = run("patch", "check")
    assert code == NOT_PATCHED
    found = out.decode("utf-8").split(": not patched")[0]
    assert os.path.realpath(found) == installed()


def test_show_adds_eight_lines(tree):
    code, out = run("patch", "show", "--nova", tree)
    lines = out.decode("utf-8").splitlines()
    assert code == 0
    added = [line for line in lines if line.startswith("+") and not line.startswith("+++ ")]
    assert len(added) == 8
    assert all("interface_attach." in line or "interface_detach." in line for line in added)
    assert not [line for line in lines if line.startswith("-") and not line.startswith("--- ")]


def test_apply_compiles_and_revert_gives_back_the_original(tree):
    original = contents(tree)
    assert run("patch", "apply", "--nova", tree)[0] == 0
    assert run("patch", "check", "--nova", tree)[0] == 0
    patched = contents(tree)
    for name in FILES[1:]:
        assert patched[os.path.join("nova", name)] != original[os.path.join("nova", name)]
        py_compile.compile(os.path.join(tree, "nova", name), doraise=True)
    code, out = run("patch", "apply", "--nova", tree)
    assert (code, b"is patched already" in out) == (0, True)
    assert run("patch", "revert", "--nova", tree)[0] == 0
    left = {k: v for k, v in contents(tree).items() if not k.endswith(".pyc")}
    assert left == original
    assert run("patch", "check", "--nova", tree)[0] == NOT_PATCHED


def test_what_python_had_compiled_is_never_older_than_its_source(tree):
    manager = os.path.join(tree, "nova", "compute", "manager.py")
    for action in ("apply", "revert"):
        py_compile.compile(manager, doraise=True)
        assert run("patch", action, "--nova", tree)[0] == 0
        compiled = [name for name in contents(tree) if name.endswith(".pyc")]
        assert compiled == []
