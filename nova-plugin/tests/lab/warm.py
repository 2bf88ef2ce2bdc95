"""Runs ``vifcast-nova`` many times on one import of Nova: ``python -m lab.warm``.

Reads one JSON object per line, ``{"arguments": [...], "environment": {...}}``; each is
run in a fork that has not read any nova.conf; answers with one line of JSON.
"""

import importlib
import json
import os
import sys
import tempfile
import traceback

from lab import garbage

# What a check imports: once for all forks.
MODULES = (
    "nova.compute.manager",
    "nova.config",
    "oslo_messaging._drivers.impl_rabbit",
    "oslo_messaging.notify.messaging",
    "vifcast_nova.cli.check.command",
    "vifcast_nova.cli.main",
)


def run(arguments, environment):
    """``{"code": int, "output": str, "errors": str}``."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if child == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            os._exit(_main(arguments, environment))
        _, status = os.waitpid(child, 0)
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        return {"code": code, "output": _content(output), "errors": _content(errors)}


def _main(arguments, environment):
    code = 70
    try:
        from vifcast_nova.cli import main

        os.environ.update(environment)
        code = main.main(arguments)
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _content(opened):
    opened.seek(0)
    return opened.read().decode("utf-8")


def main():
    for name in MODULES:
        importlib.import_module(name)
    garbage.spare()
    for line in iter(sys.stdin.readline, ""):
        sys.stdout.write(json.dumps(run(**json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
