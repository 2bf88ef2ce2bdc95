"""The command ``vifcast-nova``. Imports nothing of Nova, and never runs inside it."""

import argparse
import errno
import os
import sys

from vifcast_nova import __version__
from vifcast_nova.cli.console import say
from vifcast_nova.cli.patch import commands
from vifcast_nova.cli.patch.errors import PatchError

_DESCRIPTION = "Check and maintain vifcast-nova on a compute host, or patch Nova's source instead."
_PATCH = "Patch Nova's source: four calls and four event types, for this release of Nova"
_CODES = """\
exit codes: 0 done, or patched; 1 refused, or a file cannot be read or written (nothing was
changed); 2 wrong usage; 3 check: not patched; 4 partly patched; 5 not understood, or not Nova
"""
_CHECK = "Check whether this host sends NIC notifications, and print what to do if not"
_CHECK_CODES = """\
exit codes: 0 nothing has failed; 1 something has; 2 wrong usage. Run it with the Python that
runs nova-compute, as root or as the user that runs it. It changes no configuration and sends no
notification.
"""
_OUTBOX = "List the waiting notifications; send or delete orphaned ones, which no process sends"
_OUTBOX_CODES = """\
exit codes: 0 done; 1 refused, or there was nothing to do; 2 wrong usage. Run it with the Python
that runs nova-compute, as root or as the user that runs it. nova-compute may keep running.
"""
_OUTBOX_ACTIONS = (
    ("list", "list what waits for each bus, and which process sends it"),
    ("send", "let nova-compute send orphaned notifications to the bus of nova.conf"),
    ("forget", "delete orphaned notifications without sending them"),
)
_COMMANDS = (
    ("show", commands.show, "print the patch, for `patch -p1` in the folder that holds nova/"),
    ("check", commands.check, "report whether Nova is patched, line by line"),
    ("apply", commands.apply_patch, "patch Nova's files, and keep a copy of each beside it"),
    ("revert", commands.revert, "remove the lines of the patch from Nova's files"),
)
_CHANGING = ("apply", "revert")
_DAY_S = 86400.0


def main(arguments=None):
    """Run it; returns the exit code."""
    asked = _parser().parse_args(arguments)
    if sys.stdout is None:  # closed, `>&-`
        sys.stdout = open(os.devnull, "w")
    try:
        code = asked.run(asked)
    except PatchError as refusal:
        say("vifcast-nova: %s" % refusal, sys.stderr)
        return refusal.exit_code
    except EnvironmentError as exc:
        return _unheard(exc)
    try:
        sys.stdout.flush()
    except EnvironmentError as exc:
        return _unheard(exc)
    return code


def _unheard(exc):
    """The output cannot be written: the disk is full, or the reader has gone.

    Or the error is about a file, and then names it.
    """
    if exc.filename is not None:
        say("vifcast-nova: %s: %s" % (exc.filename, exc.strerror), sys.stderr)
        return 1
    if exc.errno != errno.EPIPE:
        say("vifcast-nova: the output cannot be written: %s" % exc, sys.stderr)
    # Python flushes once more at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


class _Kept(object):
    """The output of what changes files: what was done counts, heard or not."""

    def __init__(self):
        self.encoding = getattr(sys.stdout, "encoding", None)
        self._text = []

    def write(self, text):
        self._text.append(text)

    def hand_on(self):
        try:
            sys.stdout.write("".join(self._text))
            sys.stdout.flush()
        except EnvironmentError as exc:
            _unheard(exc)


def _change(command, nova):
    kept = _Kept()
    try:
        return command(nova, kept)
    finally:
        kept.hand_on()


def _seconds(text):
    value = float(text)
    if not 0 < value < _DAY_S:
        raise ValueError(text)
    return value


_seconds.__name__ = "number of seconds"  # argparse: "invalid number of seconds value: '-1'"


def _parser():
    parser = argparse.ArgumentParser(prog="vifcast-nova", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version="vifcast-nova " + __version__)
    topics = parser.add_subparsers(dest="topic", metavar="COMMAND")
    topics.required = True  # Python 3 does not require them by default
    patch = topics.add_parser(
        "patch", help=_PATCH, description=_PATCH, epilog=_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = patch.add_subparsers(dest="action", metavar="show|check|apply|revert")
    actions.required = True
    for name, run, what in _COMMANDS:
        action = actions.add_parser(name, help=what, description=what)
        action.add_argument(
            "--nova",
            metavar="DIR",
            help="directory of the package nova, or its parent directory; "
            "default: the Nova that this Python imports",
        )
        if name in _CHANGING:
            action.set_defaults(run=lambda asked, run=run: _change(run, asked.nova))
        else:
            action.set_defaults(run=lambda asked, run=run: run(asked.nova, sys.stdout))
    _add_check(topics)
    _add_outbox(topics)
    return parser


def _add_check(topics):
    check = topics.add_parser(
        "check", help=_CHECK, description=_CHECK, epilog=_CHECK_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_configuration(check)
    check.add_argument(
        "--timeout", metavar="SECONDS", type=_seconds, default=5.0,
        help="seconds to wait for each answer of a broker (default: 5)",
    )
    check.add_argument("--json", action="store_true", help="print the result as one JSON object")
    check.set_defaults(run=_check)


def _add_outbox(topics):
    outbox = topics.add_parser(
        "outbox", help=_OUTBOX, description=_OUTBOX, epilog=_OUTBOX_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = outbox.add_subparsers(dest="action", metavar="list|send|forget")
    actions.required = True
    for name, what in _OUTBOX_ACTIONS:
        action = actions.add_parser(name, help=what, description=what)
        if name != "list":
            action.add_argument(
                "what", metavar="WHAT", help="id of a bus, as `list` prints it, or `aside`"
            )
        _add_configuration(action)
        action.set_defaults(run=_outbox)


def _add_configuration(command):
    command.add_argument(
        "--config-file", metavar="FILE", action="append", default=[],
        help="configuration file that nova-compute is started with; may be repeated; "
        "default: the files that nova-compute finds by itself",
    )
    command.add_argument(
        "--config-dir", metavar="DIR", action="append", default=[],
        help="directory of such files; may be repeated",
    )


def _check(asked):
    # Only now: it needs what Nova's Python has.
    from vifcast_nova.cli.check import command

    return command.run(asked, sys.stdout)


def _outbox(asked):
    from vifcast_nova.cli.outbox import command

    return command.run(asked, sys.stdout)

