"""What the log says while the bus takes nothing, and when it is back."""

import logging

from oslo_utils import timeutils

from vifcast_nova.outbox.own_spool import is_past

LOG = logging.getLogger(__name__)

# A broker that answers at all does so within this. oslo.messaging before 12.12 never
# comes back from connecting to one that is away, so that there is no error to report.
HANGS_S = 30
# One refusal is none: a connection that was closed while it was idle shows only when used.
LOG_AFTER_S = 3
LOG_EVERY_S = 300


class Outage(object):
    """The sender reports how it goes; ``look`` is for another thread.

    :param backlog: LockedBacklog, what waits
    """

    def __init__(self, backlog):
        self._backlog = backlog
        self._trying_since_s = None  # while something is being sent
        self._away_since_s = None
        self._logged_at_s = None
        self._owed = None  # how many still have to be sent until all is as before
        self._caught_up = 0

    def trying(self):
        """Something is about to be sent."""
        self._trying_since_s = timeutils.now()

    def tried(self):
        """It was, however that ended."""
        self._trying_since_s = None

    def failed(self, why):
        """It was not taken.

        :param why: the exception
        """
        self._is_away(timeutils.now(), "%s: %s" % (type(why).__name__, why))

    def taken(self):
        """It was taken."""
        if self._owed is None:
            return
        self._caught_up += 1
        if self._away_since_s is not None:
            self._away_since_s = None
            self._owed = self._backlog.depth()
        else:
            self._owed -= 1
        if self._owed <= 0:
            self._is_back()

    def nothing_waits(self):
        """All that waited was sent, set aside or dropped."""
        if self._owed is not None and self._away_since_s is None and not self._backlog.depth():
            self._is_back()

    def _is_back(self):
        if self._logged_at_s is not None:
            LOG.info(
                "vifcast-nova: the notification bus is back; %d notifications that had "
                "waited were sent",
                self._caught_up,
            )
        self._owed, self._caught_up, self._logged_at_s = None, 0, None

    def look(self):
        """Whether what is being sent now hangs: then that is reported."""
        since_s = self._trying_since_s
        if since_s is not None and is_past(since_s, HANGS_S):
            self._is_away(since_s, "no answer for %d s" % (timeutils.now() - since_s))

    def _is_away(self, since_s, why):
        now_s = timeutils.now()
        if self._away_since_s is None:
            self._away_since_s = since_s
        self._owed = self._owed or 0
        if not is_past(self._away_since_s, LOG_AFTER_S) or not is_past(
            self._logged_at_s, LOG_EVERY_S
        ):
            return
        self._logged_at_s = now_s
        LOG.warning(
            "vifcast-nova: the notification bus %s takes nothing (%s), for %d s now. %d "
            "notifications wait in %s and are sent when it is back; the service goes on "
            "meanwhile.",
            self._backlog.own.place,
            why,
            now_s - self._away_since_s,
            self._backlog.depth(),
            self._backlog.own.directory,
        )
