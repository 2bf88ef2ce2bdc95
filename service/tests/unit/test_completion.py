"""``vifcast completion``, in real shells."""

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from vifcast.cli import main

# A command, an option, a value, a command of a group, a file.
COMPLETED = [
    ("vifcast operat", "operations"),
    ("vifcast hosts --sta", "--state"),
    ("vifcast hosts --state s", "silent"),
    ("vifcast dead-letters co", "count"),
    ("vifcast hosts --cacert auth", "authority.pem"),
]


@pytest.fixture
def home(tmp_path):
    """A user's, with a file of its own."""
    tmp_path.joinpath("authority.pem").touch()
    return tmp_path


@pytest.fixture
def environment(home):
    """Where the shell finds the command, and none of the real user's settings."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"HOME": str(home), "PATH": path, "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def script_of(shell):
    found = CliRunner().invoke(main, ["completion", shell], prog_name="vifcast")
    assert found.exit_code == 0
    return found.stdout


@pytest.mark.parametrize(("line", "completed"), COMPLETED)
def test_bash_completes(home, environment, line, completed):
    words = line.split()
    # As readline calls it; what it leaves to readline, compgen does here.
    asks = (
        f"COMP_WORDS=({line}) COMP_CWORD={len(words) - 1}; "
        f"compopt() {{ compgen -f {words[-1]}; }}; "
        f'_vifcast_completion vifcast {words[-1]} {words[-2]}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script_of("bash") + asks],
        capture_output=True, text=True, check=True, timeout=60, cwd=home, env=environment,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.split() == [completed]


@pytest.mark.parametrize(("line", "completed"), COMPLETED)
def test_fish_completes(home, environment, line, completed):
    # Where the help has it put; fish looks there when it is asked for the command's first time.
    file = home / ".config" / "fish" / "completions" / "vifcast.fish"
    file.parent.mkdir(parents=True)
    file.write_text(script_of("fish"))
    done = subprocess.run(
        ["fish", "--command", f"complete --do-complete '{line}'"],
        capture_output=True, text=True, check=True, timeout=60, cwd=home, env=environment,
    )  # fmt: skip
    assert done.stderr == ""
    assert [each.partition("\t")[0] for each in done.stdout.splitlines()] == [completed]


@pytest.fixture
def zsh(home, environment):
    """Types into a zsh on a terminal of its own: the line as it is after the tab key."""
    shown = home / "shown"
    home.joinpath(".zshrc").write_text(
        "autoload -Uz compinit; compinit -u -D\n"
        'eval "$(vifcast completion zsh)"\n'
        # ^X writes the line that is edited to a file, and begins a new one.
        f"show() {{ print -r -- $BUFFER >{shown}.new; mv {shown}.new {shown}; BUFFER= }}\n"
        "zle -N show; bindkey '^X' show\n"
    )
    ours, its = pty.openpty()
    process = subprocess.Popen(
        ["zsh", "-i"], stdin=its, stdout=its, stderr=its, cwd=home, env=environment
    )
    os.close(its)

    def typed(line):
        os.write(ours, f"{line}\t\x18".encode())
        deadline = time.monotonic() + 60
        while not shown.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline, "zsh did not complete in time"
            time.sleep(0.02)
        return shown.read_text().removesuffix("\n")

    yield typed
    process.kill()
    process.wait()
    os.close(ours)


@pytest.mark.parametrize(("line", "completed"), COMPLETED)
def test_zsh_completes(zsh, line, completed):
    begin, _, _ = line.rpartition(" ")
    assert zsh(line).rstrip() == f"{begin} {completed}"


def test_unknown_shell_is_refused():
    assert CliRunner().invoke(main, ["completion", "csh"]).exit_code == 2
