"""``driver = vifcast_outbox``: messagingv2 that neither blocks nor loses anything.

For any OpenStack service, in the place of ``messagingv2``; vifcast-nova's own
notifications leave through it too. stevedore drops a driver whose import fails without a
word, and with it all notifications of the service: what of ours cannot be imported makes
this messagingv2 itself.
"""

import logging
import os

from oslo_messaging.notify.messaging import MessagingV2Driver as _Base

LOG = logging.getLogger(__name__)

try:
    from vifcast_nova import options
    from vifcast_nova.outbox import letter, process, will
except (Exception, SystemExit) as exc:
    options = letter = process = will = None
    _why_not = "%s: %s" % (type(exc).__name__, exc)


class Driver(_Base):
    """Puts notifications into this process's outbox.

    :param conf: the service's oslo.config ConfigOpts
    :param topics: list of str
    :param transport: oslo.messaging's notification transport
    """

    # Of the class: a service has several notifiers, and one warning is enough.
    _has_warned = False

    def __init__(self, conf, topics, transport):
        _Base.__init__(self, conf, topics=topics, transport=transport)
        self._made_in = os.getpid()
        self._outbox = None
        self._outbox_pid = None
        if options is not None:
            options.register(conf)

    def notify(self, ctxt, message, priority, retry):
        """Write a file and return; ``retry`` is the outbox's business."""
        if options is None:
            self._warn_why_not()
            _Base.notify(self, ctxt, message, priority, retry)
            return
        if not self.topics:
            return  # Nova's versioned_notifications_topics may be empty
        try:
            self._put(letter.to_bytes(self.topics, priority, ctxt, message), message)
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

    def _put(self, data, message):
        outbox, operation_id = self._outbox_here(), will.noted()
        if operation_id is None:
            outbox.put(data)
        elif will.is_start(message):
            outbox.put_start(operation_id, data)
        else:
            process.put_end(outbox, operation_id, data)

    def _warn_why_not(self):
        if not Driver._has_warned:
            Driver._has_warned = True
            LOG.warning(
                "vifcast_outbox: there is no outbox, it could not be loaded (%s). "
                "Notifications are sent as messagingv2 sends them, and this service waits "
                "while the bus is away. Reinstall vifcast-nova in this service's Python "
                "environment.",
                _why_not,
            )

    def _outbox_here(self):
        if self._outbox_pid != os.getpid():
            self._outbox = process.of(self.conf, self.transport, self._made_in)
            self._outbox_pid = os.getpid()
        return self._outbox
