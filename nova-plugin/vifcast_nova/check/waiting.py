"""What waits in an outbox: counted by name, nothing is opened."""

import os
import re
import time

from vifcast_nova.check.line import ok, warn

# vifcast_nova.outbox.spool: <bus>-<ns>-<pid>-<random>/<20 digits, ns>.json
_SPOOL = re.compile(r"^[0-9a-f]+-\d+-\d+-[0-9a-f]+$")
_LETTER = re.compile(r"^\d{20}\.json$")
_ASIDE = "aside"
# Sent within moments while the broker is there.
_LONG_S = 60


def line(name, directory, text):
    """A Line that goes on from ``text``: how many wait, for how long."""
    letters, aside = _count(directory)
    if aside:
        return warn(
            name,
            "%s; %d files that cannot be sent are in %s."
            % (text, aside, os.path.join(directory, _ASIDE)),
            "nova-compute's log says why; look at them and delete them.",
        )
    if not letters:
        return ok(name, "%s; nothing waits." % text)
    age_s = max(0, time.time() - min(letters) / 1e9)
    text = "%s; %d notifications wait, the oldest for %d s" % (text, len(letters), age_s)
    if age_s < _LONG_S:
        return ok(name, text + ".")
    return warn(
        name,
        text + ".",
        "They are sent as soon as nova-compute runs and the broker takes them.",
    )


def _count(directory):
    letters, aside = [], 0
    for top in _listed(directory):
        if top == _ASIDE:
            aside = len(_listed(os.path.join(directory, top)))
        elif _SPOOL.match(top):
            names = _listed(os.path.join(directory, top))
            letters += [int(name[:20]) for name in names if _LETTER.match(name)]
    return letters, aside


def _listed(directory):
    try:
        return os.listdir(directory)
    except EnvironmentError:  # not there yet, gone meanwhile, or somebody else's
        return []
