"""Newer grammar in the plug-in and in its tests, which run on Python 2.7, is refused by lint."""

import subprocess
from pathlib import Path

import pytest
from environments import DEV, PIP_9
from places import ENVIRONMENTS, REPOSITORY
from plan import PLUGIN

PYTHON_2 = ENVIRONMENTS / PIP_9.name / "bin" / "python"
RUFF = ENVIRONMENTS / DEV.name / "bin" / "ruff"
CHECK = REPOSITORY / "tools" / "check_python2.py"


def check(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run the check of lint-python2 over some files."""
    return subprocess.run(
        [PYTHON_2, CHECK, *words], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "line",
    ["while chunk := read():\n    pass", 'name = f"{host}"', "def send(*, to):\n    pass"],
    ids=["walrus", "f-string", "keyword-only argument"],
)
def test_grammar_that_python_2_lacks_is_refused_with_its_place(line: str, tmp_path: Path) -> None:
    lab = tmp_path / "lab"
    lab.mkdir()
    (lab / "good.py").write_text("name = 1\n")
    (lab / "newer.py").write_text(f"name = 1\n{line}\n")
    checked = check(tmp_path)
    assert checked.returncode == 1
    assert checked.stderr == f"{lab / 'newer.py'}:2: not Python 2.7: invalid syntax\n"


def test_grammar_of_python_2_alone_is_refused_with_its_place() -> None:
    name = f"{PLUGIN}/lab/older.py"
    checked = subprocess.run(
        [RUFF, "check", "--output-format=concise", f"--stdin-filename={name}", "-"],
        cwd=REPOSITORY, input='name = 1\nprint "x"\n', capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 1
    assert f"{name}:2:" in checked.stdout


def test_excepted_files_and_folders_are_not_checked(tmp_path: Path) -> None:
    (tmp_path / "newer").mkdir()
    for path in (tmp_path / "newer" / "a.py", tmp_path / "b.py"):
        path.write_text('f"{path}"\n')
    assert check(tmp_path, "--except", tmp_path / "newer", tmp_path / "b.py").returncode == 0
