"""The wheels of Python 2.7 are what the lock names, by hash, and are built once."""

from pathlib import Path

import pytest
import wheelhouse
from errors import SetupError
from places import LOCKS
from uv_command import TOOLS

LOCK = """\
oslo-config==5.2.1 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
zope.interface==4.4.3 \\
    --hash=sha256:cc
"""


def test_entries_of_a_lock_hold_version_and_hashes(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(LOCK)
    found = wheelhouse.entries(lock)
    assert list(found) == ["oslo-config", "zope-interface"]
    assert "".join(found.values()) == LOCK


def test_wheel_is_kept_for_its_own_lock_entry_alone(tmp_path: Path) -> None:
    of_queens = {"six": "six==1.11.0 --hash=sha256:aa\n"}
    of_train = {"six": "six==1.12.0 --hash=sha256:bb\n"}
    wheel = wheelhouse.place(tmp_path, of_queens["six"]) / "six-1.11.0-py2.py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.touch()
    assert wheelhouse.kept(tmp_path, of_queens) == {"six": wheel}
    assert wheelhouse.kept(tmp_path, of_train) == {}


def test_what_could_be_made_is_kept_when_another_package_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = wheelhouse.entries(LOCKS / "pip-9.txt")["wheel"]
    wanted = {"wheel": text, "no": f"no-such-package-of-vifcast==1 --hash=sha256:{'0' * 64}\n"}
    monkeypatch.setattr(wheelhouse, "PACKAGES_PER_BUILD", 1)
    with pytest.raises(SetupError, match="no-such-package"):
        wheelhouse.fill(tmp_path, wanted, TOOLS, tmp_path / "log")
    assert wheelhouse.kept(tmp_path, wanted).keys() == {"wheel"}


def test_file_with_another_hash_than_the_lock_says_is_refused(tmp_path: Path) -> None:
    text = wheelhouse.entries(LOCKS / "pip-9.txt")["wheel"]
    forged = {"wheel": f"{text.partition(' ')[0]} --hash=sha256:{'0' * 64}\n"}
    with pytest.raises(SetupError, match="DO NOT MATCH THE HASHES"):
        wheelhouse.fill(tmp_path, forged, TOOLS, tmp_path / "log")
    assert wheelhouse.kept(tmp_path, forged) == {}
