"""What else is in the outbox directory: other processes' spools, and remains."""

import collections
import logging
import os
import re
import stat

from vifcast_nova.outbox import spool

LOG = logging.getLogger(__name__)

_DIRECTORY = re.compile(r"^([0-9a-f]+)-(\d+)-\d+-[0-9a-f]+$")
_LEFT_BEHIND_S = 3600
_told = set()  # names of those that could not be read

# name: str; bus: str, its fingerprint; started_ns, bytes: int; is_ours: of this process
Neighbour = collections.namedtuple("Neighbour", "name bus started_ns bytes is_ours")


def survey(top, own_paths):
    """All spools below ``top`` but ``own_paths``, oldest first: a list of Neighbour.

    Only our own user's: whoever else may write here must not have us send things.
    """
    found = []
    for name in os.listdir(top):
        match = _DIRECTORY.match(name)
        path = os.path.join(top, name)
        if not match or path in own_paths:
            continue
        try:
            status = os.lstat(path)
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            # To open the lock file of a spool that this process holds loses its lock.
            held = spool.held_here(path)
            size = _noted_bytes(path) if held is None else held.bytes
        except EnvironmentError:
            continue  # gone meanwhile
        bus, started_ns = match.group(1), int(match.group(2))
        found.append(Neighbour(name, bus, started_ns, size, held is not None))
    return sorted(found, key=lambda neighbour: neighbour.started_ns)


def adopt(top, found):
    """Those whose processes are gone: yields ``(Spool, [(ns, bytes)])``, lock held.

    :param found: Neighbours, in the order in which they are to come
    """
    for neighbour in found:
        adopted = None if neighbour.is_ours else spool.Spool.adopt(top, neighbour.name)
        if adopted is None:
            continue
        try:
            letters = adopted.letters()
        except EnvironmentError as exc:
            adopted.let_go()
            if neighbour.name not in _told:
                _told.add(neighbour.name)
                LOG.warning(
                    "vifcast-nova: a process that is gone has left notifications in %s, "
                    "which cannot be read (%s). They are not sent until that is mended.",
                    adopted.path,
                    exc,
                )
            continue
        if not letters:
            adopted.retire()
            continue
        LOG.info(
            "vifcast-nova: a process that is gone has left %d notifications in %s",
            len(letters),
            adopted.path,
        )
        yield adopted, letters


def clear(top, found, limits):
    """Delete what is too old in spools that nobody will adopt; returns how many.

    :param found: Neighbours that are for another bus
    """
    count = 0
    old = [n for n in found if limits.is_too_old(n.started_ns, spool.now_ns())]
    for adopted, letters in adopt(top, old):
        for at_ns, size in letters:
            if limits.is_too_old(at_ns, spool.now_ns()):
                adopted.remove(at_ns, size)
                count += 1
        if adopted.count:
            adopted.let_go()
        else:
            adopted.retire()
    return count


def sweep(top, max_age_s):
    """Delete what nobody will: old files in ``aside``, spools that were never finished.

    And give a lock file to a spool that lost its own, so that it can be adopted.
    """
    now_s = spool.now_ns() / 1e9
    for path, status in _aside(top):
        if now_s - status.st_mtime > max_age_s:
            spool.remove_quietly(path)
    for name in os.listdir(top):
        path = os.path.join(top, name)
        try:
            if now_s - os.lstat(path).st_mtime < _LEFT_BEHIND_S:
                continue
            lock_path = os.path.join(path, spool.LOCK)
            if name.startswith(spool.NEW):
                spool.remove_quietly(lock_path)
                spool.remove_directory_quietly(path)
            elif _DIRECTORY.match(name) and not os.path.exists(lock_path):
                os.close(os.open(lock_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except EnvironmentError:
            continue  # gone meanwhile, or somebody else's


def aside_bytes(top):
    """How much has been moved aside."""
    return sum(status.st_size for _, status in _aside(top))


def _aside(top):
    """``[(path, stat)]`` of what was moved aside, as far as it can be seen.

    Another user's folder there must not keep us from the rest.
    """
    aside = os.path.join(top, spool.ASIDE)
    found = []
    try:
        for name in os.listdir(aside):
            path = os.path.join(aside, name)
            found.append((path, os.lstat(path)))
    except EnvironmentError:
        pass
    return found


def _noted_bytes(path):
    with open(os.path.join(path, spool.LOCK), "rb") as lock_file:
        noted = lock_file.read().strip()
    return int(noted) if noted.isdigit() else 0
