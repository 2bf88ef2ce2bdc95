"""What make asks of nox is there."""

import re
import subprocess
import sys

import pytest
from environments import ENVIRONMENTS
from places import REPOSITORY
from plan import SUITES
from releases import RELEASES

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
