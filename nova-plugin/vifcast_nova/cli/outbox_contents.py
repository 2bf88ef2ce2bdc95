"""What lies in an outbox directory, seen from outside: counted by name, nothing is changed.

For commands. Never from a process that has a spool there: opening its lock file would
lose it the lock.
"""

import collections
import fcntl
import os
import re

from vifcast_nova.outbox import other_spools, spool

_LETTER = re.compile(r"^\d{20}\.json$")
_WILL = re.compile(r"^\d{20}\.open$")

# name: str; bus: str, the fingerprint of where it goes; place: str, the same for people;
# letters: list of int, ns since 1970, where its process is gone the errors of operations
# that it left open, too; is_held: whether its process lives
Content = collections.namedtuple("Content", "name bus place letters is_held")


def spools(top):
    """Those below ``top`` with letters in them, oldest first: a list of Content."""
    found = []
    for name in _listed(top):
        match = other_spools.DIRECTORY.match(name)
        if not match:
            continue
        path = os.path.join(top, name)
        names, is_held = _listed(path), _is_held(path)
        letters = [int(n[:20]) for n in names if _LETTER.match(n)]
        if not is_held:
            letters += _left_open(names)
        if not letters:
            continue
        try:
            place = other_spools.noted(path)[1]
        except EnvironmentError:
            place = other_spools.NOT_NOTED
        content = Content(name, match.group(1), place, letters, is_held)
        found.append((int(match.group(2)), content))
    return [content for _, content in sorted(found)]


def aside(top):
    """Names of the files that were set aside."""
    return sorted(_listed(os.path.join(top, spool.ASIDE)))


def _left_open(names):
    unbegun = spool.unbegun(names)
    found = [int(name[:20]) for name in names if _WILL.match(name)]
    return [at_ns for at_ns in found if at_ns not in unbegun]


def _is_held(path):
    try:
        with open(os.path.join(path, spool.LOCK), "rb") as lock_file:
            fcntl.lockf(lock_file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except EnvironmentError:
        # Or gone meanwhile, or nobody else's to open: in any case not ours to touch.
        return os.path.isdir(path) and os.path.exists(os.path.join(path, spool.LOCK))
    return False


def _listed(directory):
    try:
        return os.listdir(directory)
    except EnvironmentError:  # not there yet, gone meanwhile, or somebody else's
        return []
