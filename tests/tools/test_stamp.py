from pathlib import Path

import pytest
from stamp import digest, is_stamped, read_stamp, remove_stamp, source_files, write_stamp


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A finished environment: an interpreter and a stamp."""
    folder = tmp_path / "environment"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to("/usr/bin/env")
    write_stamp(folder, {"lock": "a"})
    return folder


def test_finished_environment_is_current_for_what_it_was_made_from(built: Path) -> None:
    assert is_stamped(built, {"lock": "a"})
    assert not is_stamped(built, {"lock": "b"})


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
    assert source_files(tmp_path, ("tests",)) == [tmp_path / "a.py"]
