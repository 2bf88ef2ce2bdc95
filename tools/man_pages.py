"""Writes a man page for every command of vifcast, made from its help.

Run by the interpreter of an environment that holds vifcast: ``make man``.
"""

import re
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

from vifcast.cli import main
from vifcast.version import __version__

PROGRAM = "vifcast"

EXIT_STATUS = (
    ("0", "Done."),
    ("1", "An error, with the reason on standard error."),
    ("2", "The command line is wrong."),
    ("3", "What was named is not known."),
    ("4", "No access: the credentials are missing, refused, or not enough."),
)
# Of these the help says what their exit codes mean.
_OF_THEIR_OWN = ("doctor", "reconcile", "status")

FILES = (
    ("/etc/vifcast/vifcast.conf", "The configuration, if no other is given."),
    ("~/.config/openstack/clouds.yaml", "Clouds for --os-cloud, as openstackclient reads it."),
)

_EXAMPLE = re.compile(r"^(?: {4}|\t)")


def write_pages(folder: Path) -> list[Path]:
    """Write the pages into ``folder``; returns their files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for path, command in _commands(main, (PROGRAM,)):
        file = folder / f"{'-'.join(path)}.1"
        file.write_text(page(path, command))
        written.append(file)
    return written


def page(path: tuple[str, ...], command: click.Command) -> str:
    """The source of one page."""
    context = _context(path, command)
    name = "-".join(path)
    usage = " ".join(command.collect_usage_pieces(context))
    about, *paragraphs = _paragraphs(command.help or "")
    lines = [
        f'.TH "{_text(name.upper())}" "1" "" "vifcast {__version__}" "vifcast"',
        # No hyphenation: a name that is cut in two cannot be searched for.
        ".nh",
        ".ad l",
        '.SH "NAME"',
        f"{_text(name)} \\- {_text(about.rstrip('.'))}",
        '.SH "SYNOPSIS"',
        f".B {_text(' '.join(path))}",
        _text(usage),
        '.SH "DESCRIPTION"',
        *_prose([about, *paragraphs]),
        *_options(command, context),
    ]
    if isinstance(command, click.Group):
        lines.append('.SH "COMMANDS"')
        for sub, each in command.commands.items():
            lines += _item(f"\\fB{_text(f'{name}-{sub}')}\\fR(1)", each.get_short_help_str(200))
    if path[-1] not in _OF_THEIR_OWN:
        lines += ['.SH "EXIT STATUS"', *_items(EXIT_STATUS)]
    lines += ['.SH "FILES"', *_items(FILES), '.SH "SEE ALSO"', _see_also(path)]
    return "\n".join(lines) + "\n"


def _commands(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _commands(each, (*path, name))


def _context(path: tuple[str, ...], command: click.Command) -> click.Context:
    context: click.Context | None = None
    for name in path[:-1]:
        context = click.Context(click.Command(name), parent=context, info_name=name)
    return click.Context(command, parent=context, info_name=path[-1], **main.context_settings)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    yield '.SH "OPTIONS"'
    variables = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None:
            continue
        flags, about = record
        # A long list of choices may be broken between them.
        term = _text(flags).replace("|", "|\\:")
        yield from _item(f"\\fB{term}\\fR", about)
        about = f"Stands for {parameter.opts[0]}."
        variables += [(variable, about) for variable in _variables(parameter)]
    if any(variable == "VIFCAST_URL" for variable, _ in variables):
        variables.append(("VIFCAST_TOKEN", "The token for --url, unless --token-file is given."))
        variables.append(("PAGER", "Shows what is longer than the terminal; --no-pager does not."))
        variables.append(("NO_COLOR", "If set, nothing is coloured."))
    if variables:
        yield '.SH "ENVIRONMENT"'
        yield from _items(variables)


def _variables(parameter: click.Parameter) -> list[str]:
    named = parameter.envvar
    return [named] if isinstance(named, str) else list(named or ())


def _paragraphs(text: str) -> list[str]:
    """Separated by empty lines; of an example the indentation stays."""
    return [each for each in re.split(r"\n\s*\n", cleandoc(text)) if each.strip()]


def _prose(paragraphs: list[str]) -> Iterator[str]:
    for each in paragraphs:
        if _EXAMPLE.match(each):
            yield from (".PP", ".nf", ".RS 4")
            yield from (_text(line.strip()) for line in each.splitlines())
            yield from (".RE", ".fi")
        else:
            yield ".PP"
            yield _text(" ".join(each.split()))


def _items(items: "tuple[tuple[str, str], ...] | list[tuple[str, str]]") -> Iterator[str]:
    for term, about in items:
        yield from _item(f"\\fB{_text(term)}\\fR", about)


def _item(term: str, about: str) -> Iterator[str]:
    yield ".TP"
    yield term
    yield _text(" ".join(about.split()))


def _see_also(path: tuple[str, ...]) -> str:
    above = ["-".join(path[:end]) for end in range(1, len(path))] or [f"{PROGRAM}-doctor"]
    return ", ".join(f"\\fB{_text(each)}\\fR(1)" for each in above)


def _text(text: str) -> str:
    """As roff takes it: no escape, no request and no hyphenation of options."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    for file in write_pages(Path(sys.argv[1])):
        print(file)
