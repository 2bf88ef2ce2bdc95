"""What make asks of nox is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from environments import ENVIRONMENTS
from places import REPOSITORY
from plan import SUITES
from releases import RELEASES
from suites import session_of

STAND_IN = """
import nox

nox.options.default_venv_backend = "none"
nox.options.allow_parallel = True

def suite(session):
    name = session.name
    if {skipped}:
        session.skip("no test chosen")

for name in ("tools", "source-patch"):
    nox.session(suite, name=name)
"""
Sessions = dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    """What nox lists: tag and description by name."""
    command = [sys.executable, "tools/run_nox.py", "--nocolor", "--list"]
    listed = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    lines = re.findall(r"^[-*] (\S+)(?: \[(\w+)\])? -> (.*)$", listed, re.MULTILINE)
    return {name: (tag, description) for name, tag, description in lines}


def test_every_environment_and_release_has_a_session(sessions: Sessions) -> None:
    wanted = {f"env-{name}" for name in ENVIRONMENTS}
    wanted |= {f"release-{release.name}" for release in RELEASES}
    assert wanted <= sessions.keys()


def test_every_suite_is_in_the_group_by_which_make_chooses(sessions: Sessions) -> None:
    assert {(suite.group, suite.title) for suite in SUITES} <= set(sessions.values())


def test_make_names_no_session_or_group_that_is_not_there(sessions: Sessions) -> None:
    makefile = (REPOSITORY / "Makefile").read_text().replace("$(RELEASES:%=release-%)", "")
    asked = re.findall(
        r"\$\(NOX\).* --(session|tags) ([\w. -]+?)(?: -- |$)", makefile, re.MULTILINE
    )
    known = {"session": sessions.keys(), "tags": {tag for tag, _ in sessions.values()}}
    named = [(kind, name) for kind, names in asked for name in names.split()]
    assert len(named) > 15
    assert [each for each in named if each[1] not in known[each[0]]] == []


# --collect-only: in seconds, and without what the tests would start.
@pytest.mark.parametrize("groups", [("tools",), ("tools", "patch")])
def test_arguments_that_choose_no_test_of_any_suite_fail(groups: tuple[str, ...]) -> None:
    ran = run_suites(groups, "--collect-only", "-k", "no_test_has_this_name")
    assert ran.stderr.endswith("No test at all was chosen.\n")
    assert ran.returncode == 1


def test_arguments_that_choose_a_test_of_one_suite_are_enough() -> None:
    here = test_make_kills_chooses_a_test.__name__
    ran = run_suites(("tools", "patch"), "--collect-only", "-k", here)
    assert "No test at all was chosen." not in ran.stderr
    assert ran.returncode == 0, ran.stdout + ran.stderr


def run_suites(groups: tuple[str, ...], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run suites, this very one among them, with arguments for pytest."""
    names = [session_of(suite) for suite in SUITES if suite.group in groups]
    return run_nox("--no-dependencies", "--session", *names, "--", *arguments)


@pytest.mark.parametrize(("skipped", "code"), [("True", 1), ("name == 'tools'", 0)])
def test_suites_in_parallel_count_together(skipped: str, code: int, tmp_path: Path) -> None:
    # A noxfile of its own: in parallel ours would write over the logs of a running make test.
    noxfile = tmp_path / "noxfile.py"
    noxfile.write_text(STAND_IN.format(skipped=skipped))
    names = ["tools", "source-patch"]
    ran = run_nox("--noxfile", noxfile, "--parallel", "2", "--session", *names, "--", "-k", "x")
    assert ("No test at all was chosen." in ran.stderr) == (code == 1)
    assert ran.returncode == code, ran.stdout + ran.stderr


def run_nox(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run nox as make does."""
    return subprocess.run(
        [sys.executable, "tools/run_nox.py", *words],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_make_kills_chooses_a_test() -> None:
    (name,) = re.findall(r" -- -k (\w+)", (REPOSITORY / "Makefile").read_text())
    tests = (REPOSITORY / "service" / "tests").rglob("test_*.py")
    assert any(re.search(rf"^def test_\w*{name}", test.read_text(), re.MULTILINE) for test in tests)
