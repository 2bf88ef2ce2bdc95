"""Orphaned notifications in the outbox directory: a warning about them, and their deletion."""

import logging
import os

from oslo_utils import timeutils

from vifcast_nova.outbox import files, other_spools, spool

LOG = logging.getLogger(__name__)

_UNFINISHED_S = 3600


class Cleanup(object):
    """Spools for other buses whose processes are gone, files set aside, half-made spools.

    Each gets its time from when this process first saw it, by a monotonic clock.

    :param top: str, the outbox directory
    :param limits: Limits
    """

    def __init__(self, top, limits):
        self._top = top
        self._limits = limits
        self._seen_at_s = {}  # path: timeutils.now()
        self._has_warned = False

    def aside_bytes(self):
        """How much has been moved aside."""
        return sum(status.st_size for _, status in self._aside())

    def look(self, strangers, here):
        """Report orphaned notifications, the first time; delete those that are too old.

        :param strangers: OtherSpools that are for another bus
        :param here: str, for people: the bus of this process
        """
        seen, self._seen_at_s = self._seen_at_s, {}
        self._clear_aside(seen)
        self._clear_strangers(strangers, seen, here)
        self._clear_unfinished(seen)

    def _has_been_for(self, path, seen, duration_s):
        since_s = self._seen_at_s[path] = seen.get(path, timeutils.now())
        return timeutils.now() - since_s > duration_s

    def _clear_strangers(self, strangers, seen, here):
        left, expired = {}, 0  # (fingerprint, place): letters
        for gone in other_spools.adopt(self._top, strangers):
            is_due = self._has_been_for(gone.path, seen, self._limits.max_age_s)
            letters = other_spools.letters(gone) if is_due or not self._has_warned else None
            if letters == []:
                continue
            if is_due:
                for at_ns, size in letters:
                    gone.remove(at_ns, size)
                gone.retire()
                expired += len(letters)
                continue
            gone.let_go()
            if letters:
                bus = os.path.basename(gone.path).split("-")[0], gone.place
                left[bus] = left.get(bus, 0) + len(letters)
        self._limits.gave_up(expired, "for a bus that no process here uses any more")
        if not self._has_warned:
            for bus in sorted(left):
                self._warn(left[bus], bus, here)
        self._has_warned = True

    def _warn(self, count, bus, here):
        LOG.warning(
            "vifcast-nova: %d notifications in %s are for %s, and the process that wrote them "
            "is gone; this one sends to %s. They are not sent, and dropped after %d s. To send "
            "them to this bus, run `vifcast-nova outbox send %s`; to delete them now, "
            "`vifcast-nova outbox forget %s`.",
            count,
            self._top,
            bus[1],
            here,
            self._limits.max_age_s,
            bus[0],
            bus[0],
        )

    def _clear_aside(self, seen):
        """The oldest first when they are more than may wait."""
        oldest_first = sorted(self._aside(), key=lambda found: found[1].st_mtime)
        size = sum(status.st_size for _, status in oldest_first)
        for path, status in oldest_first:
            is_due = self._has_been_for(path, seen, self._limits.max_age_s)
            if is_due or size > self._limits.max_bytes:
                files.remove_quietly(path)
                size -= status.st_size

    def _clear_unfinished(self, seen):
        """And give a lock file to a spool that lost its own, so that it can be adopted."""
        for name in os.listdir(self._top):
            path = os.path.join(self._top, name)
            lock_path = os.path.join(path, spool.LOCK)
            is_new = name.startswith(spool.NEW)
            is_lockless = other_spools.DIRECTORY.match(name) and not os.path.exists(lock_path)
            if not (is_new or is_lockless):
                continue
            if not self._has_been_for(path, seen, _UNFINISHED_S):
                continue
            try:
                if is_new:
                    files.remove_quietly(lock_path)
                    files.remove_directory_quietly(path)
                else:
                    os.close(os.open(lock_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            except EnvironmentError:
                continue  # gone meanwhile, or somebody else's

    def _aside(self):
        """``[(path, stat)]`` of what was moved aside, as far as it can be seen.

        Another user's folder there must not keep us from the rest.
        """
        aside = os.path.join(self._top, spool.ASIDE)
        found = []
        try:
            for name in os.listdir(aside):
                path = os.path.join(aside, name)
                found.append((path, os.lstat(path)))
        except EnvironmentError:
            pass
        return found
