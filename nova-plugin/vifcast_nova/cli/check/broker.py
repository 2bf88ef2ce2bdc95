"""Can the broker that notifications go to be reached, and does it let us in?

And is the exchange that they go to there as nova.conf has it?
"""

from vifcast_nova.cli.check import connection, lane, transport
from vifcast_nova.cli.check.line import fail, ok, warn
from vifcast_nova.cli.check.shell import quote

NAME = "broker"
_EXCHANGE = "exchange"
_USUAL_EXCHANGE = "nova"
_ADVICE = {
    "refused": "Start RabbitMQ there, or correct host and port in transport_url.",
    "name": "Correct the host in transport_url, or this host's name resolution.",
    "timeout": "Check whether RabbitMQ is frozen there or a firewall drops packets.",
    "login": "Correct user and password in transport_url, or give RabbitMQ that user.",
    "vhost": "Correct the virtual host at the end of transport_url, or give this user "
    "permissions on it: `rabbitmqctl set_permissions -p %s %s '.*' '.*' '.*'`.",
    "tls": "Correct [oslo_messaging_rabbit] ssl and its certificates in nova.conf.",
    "closed": "See RabbitMQ's log. A port that speaks TLS needs "
    "[oslo_messaging_rabbit] ssl = true.",
    "alarm": "Free memory or disk space there: `rabbitmq-diagnostics alarms` names which. Until "
    "then notifications wait in the outbox; with [vifcast] outbox = false, Nova waits.",
    "broken": "Run the check again. If it prints the same, please report this line.",
    "other": "See RabbitMQ's log.",
}


def look(host):
    """Connect to each host of the transport_url and log in; then look at the exchanges."""
    try:
        wanted = transport.settings(host.conf, host.timeout_s)
    except transport.Unusable as exc:
        return [fail(NAME, str(exc), exc.advice)]
    except transport.NotRabbitMQ as exc:
        return [warn(NAME, str(exc), "Check by other means that it can be reached.")]
    answers = connection.ask(wanted)
    broker = _line(wanted, answers)
    reached = [pair for pair in zip(wanted["hosts"], answers) if _is_reached(pair[1])]
    if not reached:
        return [broker]
    place, answer = reached[0]
    found = [broker, _exchange_line(wanted["exchange"], answer["exchange"])]
    return found + lane.lines(wanted, answer["lane"], place)


def _is_reached(answer):
    return answer["kind"] in (None, "alarm")


def _line(wanted, answers):
    good, bad = [], []
    for place, answer in zip(wanted["hosts"], answers):
        where = "%s:%d" % (place["hostname"], place["port"])
        if _is_reached(answer):
            where += " as %s, virtual host %s" % (place["userid"], wanted["vhost"])
            good.append(": ".join([where] + ([answer["text"]] if answer["text"] else [])))
        else:
            text = answer["text"] or "no answer within %g s" % wanted["timeout_s"]
            bad.append("%s: %s" % (where, text))
    kinds = {answer["kind"] for answer in answers if answer["kind"]}
    advice = " ".join(_ADVICE[kind] for kind in sorted(kinds))
    if "vhost" in kinds:
        user = wanted["hosts"][[answer["kind"] for answer in answers].index("vhost")]["userid"]
        advice = advice.replace("%s", "{}").format(quote(wanted["vhost"]), quote(user))
    if not good:
        return fail(NAME, "not reached: %s." % "; ".join(bad), advice)
    text = "reached: %s." % "; ".join(good)
    if bad:
        text += " Not reached: %s." % "; ".join(bad)
    return warn(NAME, text, advice) if kinds else ok(NAME, text)


def _exchange_line(wanted, found):
    """A Line.

    :param wanted: dict with ``name`` and ``durable``
    :param found: dict of ``connect``: is_there, trouble
    """
    name = wanted["name"]
    if found["trouble"]:
        return fail(
            _EXCHANGE,
            "%s: RabbitMQ refuses it to Nova: %s." % (name, found["trouble"]),
            "If it says `inequivalent arg 'durable'`, amqp_durable_queues in this nova.conf "
            "differs from that of the service that created the exchange. If it says access "
            "refused, this user needs permission to configure and write it.",
        )
    there = "there" if found["is_there"] else "not there yet; the first notification creates it"
    if name != _USUAL_EXCHANGE:
        return warn(
            _EXCHANGE,
            "%s (control_exchange): %s." % (name, there),
            "vifcast listens to %s unless its option `exchange` says otherwise." % _USUAL_EXCHANGE,
        )
    return ok(_EXCHANGE, "%s: %s." % (name, there))
