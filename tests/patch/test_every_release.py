"""The patch on each of the eighteen releases, as they are and with other line ends."""

import re
import subprocess
import sys
from pathlib import Path

from interpreters import find
from releases import Release

from trees_to_patch import Nova, Patch, PatchProcess

ADDED = [
    'self._notify_about_instance_usage(context, instance, "interface_attach.start")',
    'self._notify_about_instance_usage(context, instance, "interface_attach.end")',
    'self._notify_about_instance_usage(context, instance, "interface_detach.start")',
    'self._notify_about_instance_usage(context, instance, "interface_detach.end")',
    "'compute.instance.interface_attach.start',",
    "'compute.instance.interface_attach.end',",
    "'compute.instance.interface_detach.start',",
    "'compute.instance.interface_detach.end',",
]
NOT_PATCHED = 3


def python_of(release: Release) -> Path:
    """The Python that this Nova is for where this machine has it, else the one that runs this."""
    found = (find(version) for version in release.pythons)
    return next((python for python in found if python), Path(sys.executable))


def lines_starting_with(sign: str, diff: bytes) -> list[str]:
    """The lines that a diff adds or takes away, without the names of files."""
    lines = [line.rstrip("\r") for line in diff.decode().split("\n")]
    return [
        line[1:].strip() for line in lines if re.match(rf"[{sign}](?!{re.escape(sign * 2)} )", line)
    ]


def check_whole_life(nova: Nova, patch: Patch) -> None:
    """Show, patch(1), apply, apply again, revert, on one tree."""
    original = nova.files()
    assert patch("check", nova).code == NOT_PATCHED

    shown = patch("show", nova)
    assert shown.code == 0
    assert lines_starting_with("+", shown.out) == ADDED
    assert lines_starting_with("-", shown.out) == []
    other = nova.copy("other")
    done = subprocess.run(
        ["patch", "-p1", "--posix"],
        input=shown.out, cwd=other.folder, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # Anything more is fuzz, an offset or a refusal.
    assert done.stdout.decode().splitlines() == [
        "patching file nova/compute/manager.py",
        "patching file nova/rpc.py",
    ]

    assert patch("apply", nova).code == 0
    once = nova.files()
    assert once["nova/compute/manager.py"] == other.manager.read_bytes()
    assert once["nova/rpc.py"] == other.rpc.read_bytes()
    assert once["nova/compute/manager.py.vifcast-orig"] == original["nova/compute/manager.py"]
    assert once["nova/rpc.py.vifcast-orig"] == original["nova/rpc.py"]
    assert len(once) == len(original) + 2

    checked = patch("check", nova)
    assert (checked.code, checked.out.count(b": ours\n")) == (0, 8)
    assert b"is patched already" in patch("apply", nova).out
    assert nova.files() == once
    assert patch("show", nova).out == b""

    assert patch("revert", nova).code == 0
    assert nova.files() == original
    assert patch("check", nova).code == NOT_PATCHED
    assert b"is not patched" in patch("revert", nova).out
    assert nova.files() == original


def test_as_it_comes(any_nova: Nova, patch: Patch) -> None:
    check_whole_life(any_nova, patch)


def test_with_the_line_ends_of_windows(nova: Nova, patch: Patch) -> None:
    for path in (nova.manager, nova.rpc):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    check_whole_life(nova, patch)


def test_without_an_end_of_the_last_line(nova: Nova, patch: Patch) -> None:
    for path in (nova.manager, nova.rpc):
        path.write_bytes(path.read_bytes().rstrip(b"\n"))
    check_whole_life(nova, patch)


def test_revert_needs_no_backup(nova: Nova, patch: Patch) -> None:
    original = nova.files()
    patch("apply", nova)
    for path in (nova.manager, nova.rpc):
        path.with_name(path.name + ".vifcast-orig").unlink()
    assert patch("revert", nova).code == 0
    assert nova.files() == original


def test_on_the_python_of_that_nova_it_is_the_same_and_compiles(
    any_nova: Nova, patch: Patch, patch_process: PatchProcess
) -> None:
    python = python_of(any_nova.release)
    there = patch_process("show", "--nova", str(any_nova.folder), python=python)
    assert there == patch("show", any_nova)
    applied = patch_process("apply", "--nova", str(any_nova.folder / "nova"), python=python)
    assert applied.code == 0, applied.err
    compiled = subprocess.run(
        [python, "-m", "py_compile", any_nova.manager, any_nova.rpc],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (compiled.returncode, compiled.stderr) == (0, "")
