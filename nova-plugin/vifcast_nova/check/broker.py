"""Can the broker that notifications go to be reached, and does it let us in?"""

import json
import subprocess
import sys
import threading

from vifcast_nova.check import exchange, transport
from vifcast_nova.check.line import fail, ok, warn

NAME = "broker"
_ADVICE = {
    "refused": "Start RabbitMQ there, or correct host and port in transport_url.",
    "name": "Correct the host in transport_url, or this host's name resolution.",
    "timeout": "Look whether RabbitMQ is frozen there, or a firewall drops packets.",
    "login": "Correct user and password in transport_url, or give RabbitMQ that user.",
    "vhost": "Correct the virtual host at the end of transport_url, or give this user "
    "permissions on it: rabbitmqctl set_permissions.",
    "tls": "Correct [oslo_messaging_rabbit] ssl and its certificates in nova.conf.",
    "closed": "Look into RabbitMQ's log. A port that speaks TLS needs "
    "[oslo_messaging_rabbit] ssl = true.",
    "other": "Look into RabbitMQ's log.",
}
# Python's start, and kombu's import, on a busy host.
_START_S = 20


def look(host):
    """Connect to each host of the transport_url and log in; then look at the exchange."""
    try:
        wanted = transport.settings(host.conf, host.timeout_s)
    except transport.Unusable as exc:
        return [fail(NAME, str(exc), exc.advice)]
    except transport.NotRabbitMQ as exc:
        return [warn(NAME, str(exc), "Make sure by other means that it can be reached.")]
    answers = _ask(wanted)
    broker = _line(wanted, answers)
    reached = next((answer for answer in answers if answer and not answer["kind"]), None)
    if reached is None:
        return [broker]
    return [broker, exchange.line(wanted["exchange"], reached["exchange"])]


def _line(wanted, answers):
    good, bad, kinds = [], [], []
    for place, answer in zip(wanted["hosts"], answers):
        answer = answer or {"kind": "timeout", "text": None}
        where = "%s:%d" % (place["hostname"], place["port"])
        if not answer["kind"]:
            good.append("%s as %s, virtual host %s" % (where, place["userid"], wanted["vhost"]))
            continue
        text = answer["text"] or "no answer within %g s" % wanted["timeout_s"]
        bad.append("%s: %s" % (where, transport.without_secrets(text, wanted)))
        kinds.append(answer["kind"])
    advice = " ".join(_ADVICE[kind] for kind in sorted(set(kinds)))
    if not good:
        return fail(NAME, "not reached: %s." % "; ".join(bad), advice)
    text = "reached: %s" % "; ".join(good)
    if bad:
        return warn(NAME, "%s. Not reached: %s." % (text, "; ".join(bad)), advice)
    return ok(NAME, text + ".")


def _ask(wanted):
    """What ``connect`` found out for each host; None where it did not come to an end.

    A process of its own, without eventlet, that can be killed whatever it hangs in.
    Passwords go to it by its standard input: an argument could be read by all.
    """
    command = [sys.executable, "-W", "ignore", "-m", "vifcast_nova.check.connect"]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    limit_s = _START_S + wanted["timeout_s"] * len(wanted["hosts"]) * 2
    killer = threading.Timer(limit_s, child.kill)
    killer.start()
    try:
        output, _ = child.communicate(json.dumps(wanted).encode("utf-8"))
    finally:
        killer.cancel()
    answers = [json.loads(line) for line in output.decode("utf-8").splitlines()]
    return answers + [None] * (len(wanted["hosts"]) - len(answers))
