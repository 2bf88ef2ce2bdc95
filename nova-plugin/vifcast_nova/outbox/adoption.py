"""Looks around in the outbox directory: what processes that are gone have left is sent here."""

import logging
import os

from vifcast_nova.outbox import other_spools
from vifcast_nova.outbox.cleanup import Cleanup

LOG = logging.getLogger(__name__)


class Adoption(object):
    """Adopts spools for this bus, and has the others cleaned up in their time.

    :param backlog: LockedBacklog, which gets what is adopted
    """

    def __init__(self, backlog):
        self._backlog = backlog
        self._own, self._limits = backlog.own, backlog.limits
        self._cleanup = Cleanup(self._own.directory, self._limits)

    def look_around(self):
        """Adopt what processes that are gone have left; see how much the others hold."""
        own, backlog = self._own, self._backlog
        own.say()
        if not os.path.isdir(own.directory):
            return
        found = other_spools.survey(own.directory, backlog.paths())
        aside = self._cleanup.aside_bytes()
        self._limits.others_hold(aside + sum(other.bytes for other in found), len(found))
        kin = [other for other in found if other.bus == own.fingerprint]
        # Newest first: each goes before what waits already.
        for spool in other_spools.adopt(own.directory, reversed(kin)):
            letters = other_spools.letters(spool)
            if not letters:
                continue
            LOG.info(
                "vifcast-nova: a process that is gone has left %d notifications in %s",
                len(letters),
                spool.path,
            )
            backlog.adopt(spool, letters)
        backlog.note_bytes()
        strangers = [other for other in found if other.bus != own.fingerprint]
        self._cleanup.look(strangers, own.place)
