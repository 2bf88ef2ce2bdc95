"""``vifcast-nova outbox list|send|forget``: what waits, and which of it is orphaned."""

import errno
import json
import logging
import os
import sys
import time

from vifcast_nova import options
from vifcast_nova.cli import outbox_contents
from vifcast_nova.cli.check import configuration, transport
from vifcast_nova.cli.check.as_user import as_user
from vifcast_nova.cli.check.host import Host
from vifcast_nova.cli.console import say
from vifcast_nova.cli.outbox import readdress
from vifcast_nova.outbox import bus as buses

ASIDE = "aside"


def run(asked, out):
    """Do it; returns the exit code, 1 if nova.conf is unusable or nothing was done.

    :param asked: action: list, send or forget; what: a fingerprint or ``aside``;
        config_file, config_dir: list of str
    """
    # oslo.messaging's own words about a transport_url may have a part of a password in them.
    logging.getLogger().addHandler(logging.NullHandler())
    host = Host(asked.config_file, asked.config_dir, 0)
    (line,) = configuration.look(host)
    if host.conf is None:
        return _refuse("%s %s" % (line.text, line.advice))
    try:
        made = transport.make(host.conf)
    except transport.Unusable as exc:
        return _refuse("%s %s" % (exc, exc.advice))
    here = (buses.fingerprint(made), buses.place(made))
    options.register(host.conf)
    top = options.outbox_dir(host.conf)
    try:
        owner = os.stat(top).st_uid
    except EnvironmentError as exc:
        if exc.errno != errno.ENOENT:
            return _refuse("%s. Run this as root." % readdress.why(exc, top))
        if asked.action != "list":
            return _refuse("%s does not exist: nothing waits." % top)
        say("%s does not exist: nothing waits." % top, out)
        return 0
    if os.geteuid() not in (0, owner):
        return _refuse("Run this as root, or as the user that owns %s (uid %d)." % (top, owner))
    if asked.action == "list":
        _list(top, here, out)
        return 0
    return _change(asked, top, owner, here, out)


def _list(top, here, out):
    say("%s; nova.conf's bus is %s, %s." % (top, here[0], here[1]), out)
    for content in outbox_contents.spools(top):
        if content.is_held:
            fate = "sent by the process that wrote them"
        elif content.bus == here[0]:
            fate = "sent by nova-compute when it runs and the bus takes them"
        else:
            fate = "ORPHANED: outbox send %s, or outbox forget %s" % (
                content.bus,
                content.bus,
            )
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(min(content.letters) / 1e9))
        say(
            "%6d since %s for %s, %s: %s."
            % (len(content.letters), since, content.bus, content.place, fate),
            out,
        )
    aside = outbox_contents.aside(top)
    if aside:
        say(
            "%6d files in %s that could not be sent; nova-compute's log says why: remove the "
            "cause, then outbox send %s; or outbox forget %s."
            % (len(aside), os.path.join(top, ASIDE), ASIDE, ASIDE),
            out,
        )


def _change(asked, top, owner, here, out):
    if asked.what == here[0]:
        return _refuse(
            "nova-compute itself sends what is for %s, when it runs. Nothing was changed."
            % here[1]
        )
    # Root's files nova-compute could not take.
    answer = as_user(owner, lambda: json.dumps(_work(asked, top, here)))
    try:
        done, left, has_failed = json.loads(answer or "")
    except ValueError:
        return _refuse("Failed as uid %d: %s." % (owner, answer))
    for text in left:
        _refuse("Not changed: %s." % text)
    if not done and not left:
        return _refuse("%s has no orphaned notifications." % asked.what)
    if asked.action == "send":
        text = "%d notifications readdressed to %s; nova-compute sends them." % (done, here[1])
    else:
        text = "%d deleted." % done
    say(text, out)
    return 1 if has_failed or not done else 0


def _work(asked, top, here):
    """As ``readdress.send``: how many it was done to, what was left, whether any failed."""
    try:
        if asked.action == "send":
            if asked.what == ASIDE:
                return readdress.send_aside(top, *here)
            return readdress.send(top, asked.what, *here)
        if asked.what == ASIDE:
            return readdress.forget_aside(top)
        return readdress.forget(top, asked.what)
    except EnvironmentError as exc:
        return 0, [readdress.why(exc, top)], True


def _refuse(text):
    say("vifcast-nova: " + text, sys.stderr)
    return 1
