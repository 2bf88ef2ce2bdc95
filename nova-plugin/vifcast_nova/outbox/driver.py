"""``driver = vifcast_outbox``: messagingv2 that neither blocks nor loses anything.

For any OpenStack service, in the place of ``messagingv2``; vifcast-nova's own
notifications leave through it too.
"""

import logging
import os

from oslo_messaging.notify.notifier import Driver as _Base

from vifcast_nova import options
from vifcast_nova.guard import safely
from vifcast_nova.outbox import letter, process, will

LOG = logging.getLogger(__name__)


class Driver(_Base):
    """Puts notifications into this process's outbox.

    :param conf: the service's oslo.config ConfigOpts
    :param topics: list of str
    :param transport: oslo.messaging's notification transport
    """

    def __init__(self, conf, topics, transport):
        _Base.__init__(self, conf, topics, transport)
        self._made_in = os.getpid()
        self._outbox = None
        self._outbox_pid = None
        options.register(conf)

    def notify(self, ctxt, message, priority, retry):
        """Write a file and return; ``retry`` is the outbox's business."""
        if not self.topics:
            return  # Nova's versioned_notifications_topics may be empty
        try:
            self._put(letter.to_bytes(self.topics, priority, ctxt, message), ctxt, message)
        except Exception:
            # No ERROR: some services make a notification of every one of those.
            LOG.warning(
                "vifcast_outbox: the notification %s (message_id %s) could not be put "
                "into the outbox and is lost; the service goes on. Please report this "
                "traceback.",
                message.get("event_type"),
                message.get("message_id"),
                exc_info=True,
            )

    def _put(self, data, ctxt, message):
        outbox, operation_id = self._outbox_here(), will.noted()
        if operation_id is None:
            outbox.put(data)
        elif will.is_start(message):
            # A start goes without its will rather than not at all.
            its_will = safely(will.to_bytes, self.topics, ctxt, message)
            if its_will is None:
                outbox.put(data)
            else:
                outbox.put_start(operation_id, data, its_will)
        else:
            process.put_end(outbox, operation_id, data)

    def _outbox_here(self):
        if self._outbox_pid != os.getpid():
            self._outbox = process.of(self.conf, self.transport, self._made_in)
            self._outbox_pid = os.getpid()
        return self._outbox
