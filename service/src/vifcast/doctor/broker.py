"""Checks that the broker can be reached, and accepts the login."""

from collections.abc import Iterator

from vifcast.bus.examination import Examination, NoAnswerError
from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, fail, ok, warn
from vifcast.doctor.permissions import set_permissions

_ADVICE = {
    "refused": "Start RabbitMQ there, or correct host and port in transport_url.",
    "name": "Correct the host in transport_url, or this machine's name resolution.",
    "timeout": "Check whether RabbitMQ is frozen there, or a firewall drops packets.",
    "login": "Correct user and password in transport_url, or give RabbitMQ that user.",
    "vhost": "Correct the virtual host at the end of transport_url, or give this user the "
    "permissions on it: `{permissions}`.",
    "tls": "Correct ssl and ssl_ca_file in transport_url; the port for TLS is usually 5671.",
    "tls_name": "Use the host name of its certificate in transport_url, or give it a certificate "
    "for this name.",
    "closed": "Look into RabbitMQ's log. A port that speaks TLS needs ?ssl=1 in transport_url.",
}
_LOOK = "Look into RabbitMQ's log."


def look(case: Case) -> Iterator[Line]:
    """Connect to each host and log in; the first connection that works stays open."""
    good, bad, advice = [], [], []
    for host in case.broker.hosts:
        try:
            opened = Examination(case.broker, host, case.timeout_s)
        except NoAnswerError as error:
            kind, text = error.reason
            if kind == "timeout":
                text = f"no answer within {case.timeout_s:g} s"
            if kind == "login":
                text = f"RabbitMQ refuses user {host.user} with this password"
            bad.append(f"{host}: {text}")
            advice.append(_ADVICE.get(kind, _LOOK).format(permissions=set_permissions(case)))
            continue
        good.append(f"{host} as {host.user}, virtual host {case.broker.virtual_host}")
        if case.open_host is None:
            case.open_host = opened
        else:
            opened.close()
    to_do = " ".join(dict.fromkeys(advice))
    if not good:
        yield fail("broker", f"not reached: {'; '.join(bad)}.", to_do)
    elif bad:
        yield warn("broker", f"reached: {'; '.join(good)}. Not reached: {'; '.join(bad)}.", to_do)
    else:
        yield ok("broker", f"reached: {'; '.join(good)}.")
