"""Which Python is taken for a version: real programs in real folders, some of them no Python."""

import subprocess
import sys
from pathlib import Path

import bullseye
import interpreters
import pytest
from errors import SetupError

# Not the running one's, which is taken before anything is looked for.
OTHER = "3.9"


def program(path: Path, script: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def pretender(path: Path, version: str) -> Path:
    """A program that answers as a Python of ``version`` that has all we need."""
    return program(path, f'echo "{version} {path}"')


@pytest.fixture(autouse=True)
def empty_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing in PATH, no pyenv, nothing unpacked."""
    monkeypatch.delenv("VIFCAST_PYTHONS", raising=False)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(bullseye, "FOLDER", tmp_path / "unpacked")


def test_running_python_is_taken_for_its_own_version(tmp_path: Path) -> None:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    pretender(tmp_path / f"bin/python{version}", version)
    assert interpreters.find(version) == Path(sys.executable)


def test_running_python_is_proven_and_is_not_another_version() -> None:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert interpreters.proven(Path(sys.executable), version) == Path(sys.executable)
    assert interpreters.proven(Path(sys.executable), OTHER) is None


def test_pyenv_comes_before_path(tmp_path: Path) -> None:
    pretender(tmp_path / "bin/python3.9", OTHER)
    of_pyenv = pretender(tmp_path / "pyenv/versions/3.9.18/bin/python3.9", OTHER)
    assert interpreters.find(OTHER) == of_pyenv


def test_newest_final_release_of_pyenv_is_taken(tmp_path: Path) -> None:
    for release in ("3.9.2", "3.9.18", "3.9.19rc1"):
        pretender(tmp_path / f"pyenv/versions/{release}/bin/python3.9", OTHER)
    assert interpreters.find(OTHER) == tmp_path / "pyenv/versions/3.9.18/bin/python3.9"


def test_shim_that_fails_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(
        tmp_path / "shims/python3.9", "echo 'pyenv: python3.9: command not found' >&2; exit 127"
    )
    works = pretender(tmp_path / "bin/python3.9", OTHER)
    monkeypatch.setenv("PATH", f"{tmp_path}/shims:{tmp_path}/bin")
    assert interpreters.find(OTHER) == works


def test_python_of_another_version_than_its_name_is_passed_over(tmp_path: Path) -> None:
    pretender(tmp_path / "bin/python3.9", "3.8")
    assert interpreters.find(OTHER) is None


def test_debian_alone_can_be_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pretender(tmp_path / "bin/python3.9", OTHER)
    pretender(tmp_path / "pyenv/versions/3.9.18/bin/python3.9", OTHER)
    unpacked = pretender(tmp_path / "unpacked/3.9/usr/bin/python3.9", OTHER)
    monkeypatch.setenv("VIFCAST_PYTHONS", "debian")
    assert interpreters.find(OTHER) == unpacked


def test_second_choice_that_is_here_comes_before_fetching_the_first(tmp_path: Path) -> None:
    here = pretender(tmp_path / "bin/python3.9", OTHER)
    assert interpreters.ensure_one_of(["2.7", OTHER]) == here


def test_version_that_nobody_offers_says_what_to_do() -> None:
    with pytest.raises(SetupError, match=r"no Python 3\.4 or 3\.5 here.*pyenv install 3\.4"):
        interpreters.ensure_one_of(["3.4", "3.5"])


def test_debian_python_without_apt_says_what_to_do() -> None:
    with pytest.raises(SetupError, match=r"without apt-get.*Python 2\.7 in pyenv"):
        interpreters.ensure_one_of(["2.7"])


def test_mirrors_are_the_main_archives_of_this_machine(tmp_path: Path) -> None:
    lines = """\
cdrom://[Debian 12]/ bookworm main
http://mirror.example.org/debian/ bookworm main
http://mirror.example.org/debian/ bookworm contrib
http://mirror.example.org/debian/ bookworm-updates main
http://mirror.example.org/debian-security/ bookworm-security main
mirror+file:/etc/apt/mirrors/debian.list/ bookworm main
"""
    program(tmp_path / "bin/apt-get", f"exec /bin/cat <<'EOF'\n{lines}EOF")
    assert bullseye.mirrors() == [
        "http://mirror.example.org/debian/",
        "mirror+file:/etc/apt/mirrors/debian.list/",
    ]


def test_python2_from_debian_11_is_unpacked_and_compiles(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The real thing, from this machine's own mirror."""
    monkeypatch.undo()
    monkeypatch.setenv("VIFCAST_PYTHONS", "debian")
    monkeypatch.setattr(bullseye, "FOLDER", tmp_path / "unpacked")
    found = interpreters.ensure_one_of(["2.7"])
    assert found == tmp_path / "unpacked/2.7/usr/bin/python2.7"
    source = tmp_path / "answer.c"
    source.write_text(
        "#include <Python.h>\n"
        "PyMODINIT_FUNC initanswer(void)\n"
        '{ PyModule_AddIntConstant(Py_InitModule("answer", NULL), "answer", 42); }\n'
    )
    (tmp_path / "setup.py").write_text(
        "from distutils.core import Extension, setup\n"
        "setup(name='answer', ext_modules=[Extension('answer', ['answer.c'])])\n"
    )
    build: list[str | Path] = [found, "setup.py", "--quiet", "build_ext", "--inplace"]
    subprocess.run(build, cwd=tmp_path, check=True)
    asked = "import answer, ssl; print(answer.answer, ssl.OPENSSL_VERSION.split()[1][:3])"
    printed = subprocess.check_output([found, "-c", asked], cwd=tmp_path, text=True)
    assert printed == "(42, '1.1')\n"
