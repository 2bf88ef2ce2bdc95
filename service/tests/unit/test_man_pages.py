"""The man pages that ``make man`` makes from the help."""

import subprocess

import click
import pytest
from man_pages import EXIT_STATUS, PROGRAM, write_pages

from vifcast.cli import main
from vifcast.cli.main import ExitCode


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return {file.stem: file for file in write_pages(tmp_path_factory.mktemp("man"))}


def commands(command=main, name=PROGRAM):
    yield name, command
    for sub, each in getattr(command, "commands", {}).items():
        yield from commands(each, f"{name}-{sub}")


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=str)
def test_command_has_a_page_with_all_its_options(pages, name, command):
    shown = rendered(pages[name])
    assert f"\nNAME\n       {name} - " in shown
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.opts[0] in shown
            assert not option.envvar or str(option.envvar) in shown
    for part in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "SEE ALSO"):
        assert f"\n{part}\n" in shown


def test_every_file_is_the_page_of_a_command(pages):
    assert sorted(pages) == sorted(name for name, _ in commands())


def test_exit_codes_are_those_of_the_commands(pages):
    assert [int(code) for code, _ in EXIT_STATUS] == list(ExitCode)
    assert "       4      No access" in rendered(pages["vifcast-hosts"])


def test_examples_stand_on_lines_of_their_own(pages):
    example = "           vifcast history --ip 192.0.2.7 --at 2026-11-03T14:03:00Z\n"
    assert example in rendered(pages["vifcast-history"])


def rendered(file):
    """As ``man`` shows it; a warning of groff is an error."""
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-P-cbou", file],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout
