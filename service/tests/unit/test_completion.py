"""``vifcast completion``."""

import subprocess

import pytest
from click.testing import CliRunner

from vifcast.cli import main


@pytest.mark.parametrize(
    ("shell", "sign"),
    [("bash", "complete -o nosort"), ("zsh", "#compdef vifcast"), ("fish", "complete --no-files")],
)
def test_script_of_each_shell(shell, sign):
    found = CliRunner().invoke(main, ["completion", shell], prog_name="vifcast")
    assert found.exit_code == 0
    assert sign in found.stdout
    assert "_VIFCAST_COMPLETE" in found.stdout


def test_bash_reads_the_script():
    script = CliRunner().invoke(main, ["completion", "bash"], prog_name="vifcast").stdout
    subprocess.run(["bash", "-n"], input=script, text=True, check=True, timeout=60)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("vifcast operat", {"plain,operations"}),
        ("vifcast hosts --sta", {"plain,--state"}),
        ("vifcast hosts --state s", {"plain,silent"}),
        ("vifcast dead-letters co", {"plain,count"}),
    ],
)
def test_completes_commands_options_and_values(words, found):
    given = {
        "_VIFCAST_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    completed = CliRunner().invoke(main, [], prog_name="vifcast", env=given)
    assert set(completed.stdout.splitlines()) == found


def test_unknown_shell_is_refused():
    assert CliRunner().invoke(main, ["completion", "csh"]).exit_code == 2
