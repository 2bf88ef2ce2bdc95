"""``vifcast.report``: nova-compute reports every few minutes how vifcast-nova is doing.

Above all it reports that a host is *not* covered, which would otherwise go unnoticed.
"""

import collections
import logging
import os
import random
import time

from vifcast_nova import __version__, versions
from vifcast_nova.notify.background import soon
from vifcast_nova.outbox import lane

LOG = logging.getLogger(__name__)

VERSION = "1.1"
# Not all hosts of a cloud at the same moment.
FIRST_WITHIN_S = 30
# Only when the first has been sent is it known whether the lane takes it.
SECOND_AFTER_S = 10

# One thread per process, whatever is initialised anew.
_started = set()  # pids


def start(outcome, notifier):
    """Begin to report, in a thread of our own, unless nova.conf says never.

    :param outcome: ``install.Outcome``
    :param notifier: ``nic_notifier.NicNotifier``, whose way out the reports take
    """
    if not notifier.report_interval_s or os.getpid() in _started:
        return
    _started.add(os.getpid())
    if not notifier.is_prepared():
        notifier.prepare(None)
    soon(HostReport(outcome, notifier).run)


class HostReport(object):
    """What is reported, and when.

    :param outcome: ``install.Outcome``
    :param notifier: ``nic_notifier.NicNotifier``
    """

    def __init__(self, outcome, notifier):
        self._outcome = outcome
        self._notifier = notifier
        self._started_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._sent_at = None  # time.time()
        self._has_complained = False

    def run(self):
        """For as long as the process lives."""
        interval_s = self._notifier.report_interval_s
        time.sleep(random.uniform(0, min(interval_s, FIRST_WITHIN_S)))
        while True:
            try:
                is_whole = self.send(interval_s)
            except Exception:
                self._complain()
                is_whole = True
            time.sleep(interval_s if is_whole else min(interval_s, SECOND_AFTER_S))

    def send(self, interval_s):
        """Send one, unless an older one has not got away yet.

        :returns: False when the next one will be able to say more
        """
        status = self._notifier.outbox_status()
        if self._has_piled_up(status, interval_s):
            return True
        self._notifier.send_report(self.payload(status, interval_s))
        self._sent_at = time.time()
        return status is None or status["lane"]["state"] != lane.UNKNOWN

    def payload(self, status, interval_s):
        """contract/report.schema.json.

        :param status: dict, ``outbox.outbox.Outbox.status``, or None
        :param interval_s: int
        """
        return collections.OrderedDict(
            [
                ("version", VERSION),
                ("host", self._notifier.host),
                ("vifcast_nova", __version__),
                ("nova", versions.of_nova()),
                ("python", versions.of_python()),
                ("oslo_messaging", versions.of_distribution("oslo.messaging")),
                ("state", self._outcome.state),
                ("reason", self._outcome.reason),
                ("hooks", self._outcome.hooks),
                ("interval_s", interval_s),
                ("started_at", self._started_at),
                ("outbox", _outbox(status)),
                ("lane", _lane(status)),
            ]
        )

    def _has_piled_up(self, status, interval_s):
        # Sent in order: while something waits that is older than the last report, so
        # does that report. And what has waited for an interval means that the bus is
        # away; a nova-compute that is started again and again adds none then. Unless it is
        # one alone that the bus may be refusing: a report behind it shows that.
        if status is None or status["oldest_age_s"] is None or status["wants_another"]:
            return False
        since_sent_s = interval_s if self._sent_at is None else time.time() - self._sent_at
        return status["oldest_age_s"] >= min(interval_s, since_sent_s)

    def _complain(self):
        if self._has_complained:
            return
        self._has_complained = True
        try:
            LOG.warning(
                "vifcast-nova: the notification vifcast.report could not be made; NIC "
                "notifications do not depend on it. Please report this traceback.",
                exc_info=True,
            )
        except Exception:
            pass  # a log handler that raises must not end the loop


def _outbox(status):
    if status is None:
        return None
    known = ("directory", "depth", "bytes", "oldest_age_s", "sent", "dropped")
    outbox = collections.OrderedDict((key, status[key]) for key in known)
    outbox["is_direct"] = status["trouble"] is not None
    return outbox


def _lane(status):
    if status is None:
        return None
    known = ("exchange", "state", "reason")
    return collections.OrderedDict((key, status["lane"][key]) for key in known)
