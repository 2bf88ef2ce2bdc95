"""``vifcast-nova check``: runs the lines in order, and prints them."""

import importlib
import json
import logging
import sys
import traceback
import warnings

from vifcast_nova.cli.check.host import Host
from vifcast_nova.cli.check.line import FAIL, OK, fail
from vifcast_nova.cli.console import say

# What the others stand on, not to be imported without: when one of these fails, the rest
# is not looked at.
_FIRST = ("environment", "configuration")
_THEN = (
    "driver_line",
    "publisher",
    "readers",
    "hooks",
    "values",
    "process",
    "outbox",
    "broker",
)


def run(asked, out):
    """Print each line; returns the exit code, 0 unless something has failed.

    :param asked: config_file, config_dir: list of str; timeout: float; json: bool
    """
    # What Nova and what it stands on would say on the way.
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
    host = Host(asked.config_file, asked.config_dir, asked.timeout)
    lines = []
    for name in _FIRST + _THEN:
        found = _looked(importlib.import_module("vifcast_nova.cli.check." + name), host)
        lines += found
        if not asked.json:
            for line in found:
                _print(line, out)
        if name in _FIRST and any(line.level == FAIL for line in found):
            break
    is_fine = all(line.level != FAIL for line in lines)
    if asked.json:
        document = {"is_fine": is_fine, "lines": [line._asdict() for line in lines]}
        say(json.dumps(document, indent=2), out)
    else:
        _sum_up(lines, out)
    return 0 if is_fine else 1


def _looked(module, host):
    try:
        return module.look(host)
    except Exception as exc:
        # The class and the place only: its text could hold a value of nova.conf.
        name, line, function, _ = traceback.extract_tb(sys.exc_info()[2])[-1]
        return [
            fail(
                module.NAME,
                "this check failed: %s in %s, line %d (%s)."
                % (type(exc).__name__, name, line, function),
                "Please report this line.",
            )
        ]


def _print(line, out):
    say("%-4s  %s: %s" % (line.level, line.name, line.text), out)
    if line.advice:
        say("      -> %s" % line.advice, out)


def _sum_up(lines, out):
    failed = [line.name for line in lines if line.level == FAIL]
    warned = [line.name for line in lines if line.level not in (FAIL, OK)]
    if failed:
        say("NIC notifications are missing or can get lost. Failed: %s." % ", ".join(failed), out)
    elif warned:
        say("Nothing has failed. Warnings: %s." % ", ".join(warned), out)
    else:
        say("No problems found.", out)
