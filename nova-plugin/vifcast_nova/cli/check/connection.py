"""Has ``connect`` try the broker, in a process that can be killed whatever it hangs in."""

import json
import subprocess
import sys
import threading

from vifcast_nova.cli.check import transport

# Python's start, and kombu's import, on a busy host.
_START_S = 20


def ask(wanted):
    """What ``connect`` found out, a dict for each host.

    The process is one without eventlet. Passwords go to it by its standard input: an
    argument could be read by all.

    :param wanted: dict, ``transport.settings``
    """
    command = [sys.executable, "-W", "ignore", "-m", "vifcast_nova.cli.check.connect"]
    try:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except EnvironmentError as exc:
        answers = []
        rest = _broken("the process that tries it could not be started: %s" % exc)
    else:
        answers, rest = _outcome(child, wanted)
    return answers + [rest] * (len(wanted["hosts"]) - len(answers))


def _outcome(child, wanted):
    """The answers, and what to say of the hosts that are not among them."""
    expired = threading.Event()

    def kill():
        expired.set()
        child.kill()

    killer = threading.Timer(_START_S + wanted["timeout_s"] * len(wanted["hosts"]) * 2, kill)
    killer.start()
    try:
        output, errors = child.communicate(json.dumps(wanted).encode("utf-8"))
    finally:
        killer.cancel()
    # A line without its end is one that was being written when it ended.
    lines = output.decode("utf-8").split("\n")[:-1]
    answers = [json.loads(line) for line in lines]
    if expired.is_set():
        return answers, {"kind": "timeout", "text": None}
    last = transport.without_secrets(_last_words(errors.decode("utf-8", "replace")), wanted)
    text = "the process that tries it ended with exit code %d (%s)" % (child.returncode, last)
    return answers, _broken(text)


def _last_words(errors):
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    # An interpreter that cannot start says more after the error.
    named = [line for line in lines if "Error" in line]
    return (named or lines or ["it said nothing"])[-1]


def _broken(text):
    return {"kind": "broken", "text": text}
