"""Where the files cannot be written as they should, none of them is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trees_to_patch import Nova, Patch, PatchProcess
from vifcast_nova.cli import main
from vifcast_nova.cli.patch import replace

REFUSED = 1


@pytest.mark.parametrize("action", ["apply", "revert"])
def test_a_tree_that_may_not_be_written_stays(
    newest: Nova, patch: Patch, patch_process: PatchProcess, action: str
) -> None:
    if action == "revert":
        patch("apply", newest)
    before = newest.files()
    newest.rpc.parent.chmod(0o555)
    refused = patch_process(action, "--nova", str(newest.folder))
    newest.rpc.parent.chmod(0o755)
    assert (refused.code, refused.out) == (REFUSED, b"")
    assert f"{newest.rpc} cannot be written: Permission denied; nothing was changed" in refused.err
    assert newest.files() == before


def test_a_file_that_may_not_be_read_is_named(newest: Nova, patch_process: PatchProcess) -> None:
    newest.rpc.chmod(0)
    refused = patch_process("check", "--nova", str(newest.folder))
    newest.rpc.chmod(0o644)
    assert refused.code == REFUSED
    assert f"{newest.rpc} cannot be read: Permission denied" in refused.err


def test_a_folder_that_may_not_be_entered_is_not_called_empty(
    newest: Nova, patch_process: PatchProcess
) -> None:
    newest.folder.chmod(0)
    refused = patch_process("check", "--nova", str(newest.folder))
    newest.folder.chmod(0o755)
    assert refused.code == REFUSED
    assert "may not be read by this user" in refused.err


@pytest.mark.parametrize("action", ["apply", "revert"])
def test_a_file_that_another_changes_meanwhile_stays_as_the_other_left_it(
    newest: Nova, patch: Patch, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    if action == "revert":
        patch("apply", newest)
    before = newest.files()
    edited = before["nova/rpc.py"] + b"# an upgrade\n"
    fsync = os.fsync

    def others_write(descriptor: int) -> None:
        fsync(descriptor)
        newest.rpc.write_bytes(edited)

    monkeypatch.setattr(os, "fsync", others_write)
    refused = patch(action, newest)
    assert refused.code == REFUSED
    assert f"{newest.rpc} was changed by someone else meanwhile" in refused.err
    assert newest.files() == before | {"nova/rpc.py": edited}


@pytest.mark.parametrize("action", ["apply", "revert"])
def test_when_the_second_file_cannot_be_moved_the_first_is_put_back(
    newest: Nova, patch: Patch, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    if action == "revert":
        patch("apply", newest)
    before = newest.files()
    rename, moved = os.rename, []

    def full(source: str, target: str) -> None:
        moved.append(target)
        if target == str(newest.rpc):
            raise OSError(28, "No space left on device", source)
        rename(source, target)

    monkeypatch.setattr(os, "rename", full)
    refused = patch(action, newest)
    assert moved[-3:] == [str(newest.manager), str(newest.rpc), str(newest.manager)]
    assert refused.code == REFUSED
    named = f"{newest.rpc} cannot be written: No space left on device; nothing was changed"
    assert named in refused.err
    assert newest.files() == before


def test_when_it_cannot_even_be_put_back_the_copy_is_named_and_kept(
    newest: Nova, patch: Patch, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = newest.files()
    rename, moved = os.rename, []

    def broken(source: str, target: str) -> None:
        moved.append(target)
        if target == str(newest.rpc) or moved.count(str(newest.manager)) == 2:
            raise OSError(5, "Input/output error", source)
        rename(source, target)

    monkeypatch.setattr(os, "rename", broken)
    refused = patch("apply", newest)
    assert refused.code == REFUSED
    copy = newest.manager.with_name("manager.py.vifcast-orig")
    assert f"{newest.manager} is changed and cannot be put back" in refused.err
    assert f"As it was: {copy}" in refused.err
    assert copy.read_bytes() == original["nova/compute/manager.py"]
    monkeypatch.undo()
    assert patch("revert", newest).code == 0
    assert {name: newest.files()[name] for name in original} == original


def test_two_at_once_do_not_meet(newest: Nova, patch: Patch) -> None:
    before = newest.files()
    with replace.alone(str(newest.folder / "nova")):
        refused = patch("apply", newest)
    assert refused.code == REFUSED
    assert "Another vifcast-nova is changing" in refused.err
    assert newest.files() == before
    assert patch("apply", newest).code == 0


@pytest.mark.parametrize("changed", ["manager.py", "manager.py.vifcast-orig"])
def test_revert_leaves_what_differs_from_its_backup_by_more(
    newest: Nova, patch: Patch, changed: str
) -> None:
    patch("apply", newest)
    path = newest.manager.with_name(changed)
    path.write_bytes(path.read_bytes() + b"# mine\n")
    before = newest.files()
    refused = patch("revert", newest)
    assert refused.code == REFUSED
    assert "by more than the lines of the patch" in refused.err
    assert newest.files() == before


def test_revert_without_the_backup_keeps_what_others_have_written(
    newest: Nova, patch: Patch
) -> None:
    original = newest.manager.read_bytes()
    patch("apply", newest)
    newest.manager.write_bytes(newest.manager.read_bytes() + b"# mine\n")
    newest.manager.with_name("manager.py.vifcast-orig").unlink()
    assert patch("revert", newest).code == 0
    assert newest.manager.read_bytes() == original + b"# mine\n"


def test_mode_and_owner_stay(newest: Nova, patch: Patch) -> None:
    newest.rpc.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(newest.rpc, 4321, 1234)
    before = [(s.st_mode, s.st_uid, s.st_gid) for s in (newest.rpc.stat(),)]
    for action in ("apply", "revert"):
        assert patch(action, newest).code == 0
        assert [(s.st_mode, s.st_uid, s.st_gid) for s in (newest.rpc.stat(),)] == before


def test_a_link_stays_and_what_it_leads_to_is_patched(
    newest: Nova, patch: Patch, tmp_path: Path
) -> None:
    real = tmp_path / "elsewhere" / "rpc.py"
    real.parent.mkdir()
    newest.rpc.rename(real)
    newest.rpc.symlink_to(real)
    assert patch("apply", newest).code == 0
    assert newest.rpc.is_symlink()
    assert b"interface_attach" in real.read_bytes()
    assert patch("revert", newest).code == 0
    assert newest.rpc.is_symlink()
    assert [path.name for path in real.parent.iterdir()] == ["rpc.py"]


@pytest.mark.parametrize("action", ["apply", "revert"])
def test_what_python_had_compiled_of_the_old_source_is_removed(
    newest: Nova, patch: Patch, action: str
) -> None:
    if action == "revert":
        patch("apply", newest)
    cache = newest.manager.parent / "__pycache__"
    cache.mkdir()
    compiled = [cache / "manager.cpython-311.pyc", newest.manager.with_suffix(".pyc")]
    others = [cache / "api.cpython-311.pyc", newest.manager.with_name("api.pyc")]
    for path in (*compiled, *others):
        path.write_bytes(b"old")
    assert patch(action, newest).code == 0
    assert not any(path.exists() for path in compiled)
    assert all(path.exists() for path in others)


@pytest.mark.parametrize("out", [">/dev/full", ">&-"], ids=["full", "closed"])
def test_what_was_done_counts_though_it_cannot_be_said(newest: Nova, out: str) -> None:
    vifcast_nova = f"{sys.executable} -m vifcast_nova patch"
    for action in ("apply", "revert"):
        done = subprocess.run(
            ["sh", "-c", f"{vifcast_nova} {action} --nova {newest.folder} {out}"],
            env={"PYTHONPATH": str(Path(main.__file__).parents[2])},
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        assert (b"interface_attach" in newest.rpc.read_bytes()) == (action == "apply")
