"""An environment is built again when what it was made from changed, and only then."""

from pathlib import Path

import pytest
import venvs
import wheels
from environments import Environment
from stamp import digest, read_stamp, remove_stamp, write_stamp
from uv_command import UV


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A finished environment: an interpreter and a stamp."""
    folder = tmp_path / "environment"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to("/usr/bin/env")
    write_stamp(folder, {"lock": "a"})
    return folder


def test_finished_environment_knows_what_it_was_made_from(built: Path) -> None:
    assert read_stamp(built) == {"lock": "a"}


def test_interrupted_environment_is_not_current(built: Path) -> None:
    remove_stamp(built)
    assert read_stamp(built) == {}


def test_environment_whose_interpreter_is_gone_is_not_current(built: Path) -> None:
    (built / "bin" / "python").unlink()
    (built / "bin" / "python").symlink_to("/nowhere/python3.11")
    assert read_stamp(built) == {}


def test_unreadable_stamp_means_build_again(built: Path) -> None:
    (built / "vifcast-stamp.json").write_text("{")
    assert read_stamp(built) == {}


def test_digest_changes_with_content_name_and_number_of_files(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("a")
    other.write_text("a")
    before = {digest(one), digest(other), digest(one, other)}
    one.write_text("b")
    assert len(before | {digest(one)}) == 4


def test_sources_are_without_tests_and_what_was_built_from_them(tmp_path: Path) -> None:
    for name in ("a.py", "tests/t.py", "build/b.py", "x.egg-info/PKG-INFO", "p/__pycache__/a.pyc"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    assert wheels.source_files(tmp_path) == [tmp_path / "a.py"]


def test_lock_and_sources_decide_what_is_built_and_nothing_is_built_twice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Uv itself, on locks that name nothing, so that no index is needed."""
    plugin = tmp_path / "nova-plugin"
    plugin.mkdir()
    (plugin / "setup.py").write_text("from setuptools import setup\nsetup(name='ours')\n")
    (tmp_path / "empty.txt").write_text("")
    for module, name in [(venvs, "REPOSITORY"), (venvs, "LOCKS"), (venvs, "ENVIRONMENTS")]:
        monkeypatch.setattr(module, name, tmp_path)
    monkeypatch.setattr(venvs, "LOGS", tmp_path / "log")
    monkeypatch.setattr(wheels, "REPOSITORY", tmp_path)
    monkeypatch.setattr(wheels, "CACHE", tmp_path / "cache")
    environment = Environment(
        "one", "empty", "nothing", wheels=("nova-plugin",), build_lock="empty", proof="import sys"
    )

    def steps() -> list[str]:
        venvs.ensure(environment)
        lines = capfd.readouterr().err.splitlines()
        return [line.split(":")[0].strip() for line in lines if ": done" in line]

    ours = ["wheel of nova-plugin/", "our own distributions"]
    assert UV.exists()
    assert steps() == ["virtual environment", "0 locked packages", *ours, "imports"]
    assert steps() == []
    (plugin / "ours.py").touch()
    assert steps() == ours
    (tmp_path / "empty.txt").write_text("# changed\n")
    assert steps() == ["virtual environment", "0 locked packages", ours[1], "imports"]
