"""Other processes' spools in the outbox directory."""

import collections
import logging
import os
import re
import stat

from vifcast_nova.outbox import spool

LOG = logging.getLogger(__name__)

DIRECTORY = re.compile(r"^([0-9a-f]+)-(\d+)-\d+-[0-9a-f]+$")
# The place of a spool that does not say.
NOT_NOTED = "a bus that was not noted"
_logged = set()  # paths of those that could not be read

# name: str; bus: str, its fingerprint; place: str, the same for people; started_ns, bytes:
# int; is_ours: of this process
OtherSpool = collections.namedtuple("OtherSpool", "name bus place started_ns bytes is_ours")


def survey(top, own_paths):
    """All spools below ``top`` but ``own_paths``, oldest first: a list of OtherSpool.

    Only our own user's: whoever else may write here must not have us send things.
    """
    found = []
    for name in os.listdir(top):
        match = DIRECTORY.match(name)
        path = os.path.join(top, name)
        if not match or path in own_paths:
            continue
        try:
            status = os.lstat(path)
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            # To open the lock file of a spool that this process holds loses its lock.
            held = spool.held_here(path)
            size, place = noted(path) if held is None else (held.bytes, held.place)
        except EnvironmentError:
            continue  # gone meanwhile
        bus, started_ns = match.group(1), int(match.group(2))
        found.append(OtherSpool(name, bus, place, started_ns, size, held is not None))
    return sorted(found, key=lambda other: other.started_ns)


def adopt(top, found):
    """Those whose processes are gone: yields Spools, lock held.

    :param found: OtherSpools, in the order in which they are to come
    """
    for other in found:
        adopted = None if other.is_ours else spool.Spool.adopt(top, other.name)
        if adopted is not None:
            adopted.place = other.place
            yield adopted


def letters(adopted):
    """``[(ns, bytes)]`` in order; without any, the Spool is given back.

    :param adopted: Spool, from ``adopt``
    """
    try:
        found = adopted.letters()
    except EnvironmentError as exc:
        adopted.let_go()
        if adopted.path not in _logged:
            _logged.add(adopted.path)
            LOG.warning(
                "vifcast-nova: a process that is gone has left notifications in %s, "
                "which cannot be read (%s). They are not sent until it can be.",
                adopted.path,
                exc,
            )
        return []
    if not found:
        adopted.retire()
    return found


def noted(path):
    """What ``Spool.note_bytes`` has written: bytes, and for which bus."""
    with open(os.path.join(path, spool.LOCK), "rb") as lock_file:
        lines = lock_file.read().decode("utf-8", "replace").splitlines() + ["", ""]
    size, place = lines[0].strip(), lines[1].strip()
    return int(size) if size.isdigit() else 0, place or NOT_NOTED
