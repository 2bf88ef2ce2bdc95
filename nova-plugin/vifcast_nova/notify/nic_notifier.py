"""Makes a notification of an operation's phase and gives it to oslo.messaging."""

import json
import logging
import os
import sys

from vifcast_nova import REPORT_EVENT_TYPE, options
from vifcast_nova.notify import operation as op
from vifcast_nova.notify.background import soon

# The driver too, though stevedore loads it: one that cannot be imported is to be logged,
# not dropped without a word.
from vifcast_nova.outbox import driver, process, will  # noqa: F401

LOG = logging.getLogger(__name__)

# The oslo.messaging drivers that our notifications leave through, with the outbox and
# without: the v2 envelope, whatever the operator chose for Nova's own.
OUTBOX_DRIVER = "vifcast_outbox"
DIRECT_DRIVER = "messagingv2"

# One more try than none: enough for a connection that the broker closed since
# the last notification. More would hold up the attach while a broker is away.
RETRIES = 1

# Before, a copy of a dict can have another order, and what Nova sends is a copy.
_KEEPS_ORDER = sys.version_info >= (3, 6)


class NicNotifier(object):
    """Sends ``compute.instance.interface_<action>.<phase>``."""

    def __init__(self):
        self.muted = frozenset()  # suffixes that a hand-patched Nova sends itself
        self._conf = None
        self._transport = None
        self._compute_utils = None
        self._notifier = None

    def use(self, conf, transport):
        """Send through ``transport`` from now on (Nova's ``rpc.init`` ran)."""
        self._conf, self._transport = conf, transport
        if self._notifier is not None:
            self.prepare(self._compute_utils)

    def prepare(self, compute_utils):
        """Build our own Notifier.

        Nova's legacy one is a no-op under ``notification_format = versioned``
        (``nova/rpc.py:init``); this one is made the same way, with the default
        topics of ``[oslo_messaging_notifications]``.

        :param compute_utils: the module ``nova.compute.utils``; None: for
            ``send_report`` only
        """
        import oslo_messaging
        from nova import rpc

        outbox = options.value(self._conf, "outbox")
        self._notifier = oslo_messaging.Notifier(
            self._transport,
            driver=OUTBOX_DRIVER if outbox else DIRECT_DRIVER,
            serializer=rpc.RequestContextSerializer(_Primitives(rpc.JsonPayloadSerializer())),
            retry=RETRIES,
        )
        self._compute_utils = compute_utils
        self.check_options()
        if outbox:
            soon(self._start_outbox)

    def send(self, operation, phase, failure=None):
        """Send one notification.

        :param phase: ``start``, ``end`` or ``error``
        :param failure: the exception, for ``error``
        """
        suffix = "interface_%s.%s" % (operation.action, phase)
        if operation.cause == op.BY_API and suffix in self.muted:
            return
        made = _Payload()
        # nova/compute/utils.py: the payload of every legacy instance notification.
        self._compute_utils.notify_about_instance_usage(
            made,
            operation.context,
            operation.instance,
            suffix,
            fault=_sendable(failure),
        )
        if options.value(self._conf, "include_interface"):
            made.payload["interface"] = operation.interface()
        notifier = self._notifier.prepare(
            publisher_id="compute.%s" % operation.manager.host
        )
        send = notifier.error if phase == "error" else notifier.info
        with will.About(self._closed_by_us(operation)):
            send(operation.context, made.event_type, made.payload)

    def send_report(self, payload):
        """Send ``vifcast.report``.

        :param payload: dict, contract/report.schema.json
        """
        from nova import context

        notifier = self._notifier.prepare(publisher_id="compute.%s" % self.host)
        notifier.info(context.get_admin_context(), REPORT_EVENT_TYPE, payload)

    def _closed_by_us(self, operation):
        """The id of an operation whose end we send, too; None of the others."""
        end = "interface_%s.end" % operation.action
        is_theirs = operation.cause == op.BY_API and end in self.muted
        return None if is_theirs else operation.operation_id

    @property
    def host(self):
        """Nova's [DEFAULT] host."""
        return self._conf.host

    @property
    def report_interval_s(self):
        """int; 0: no reports are wanted."""
        return options.value(self._conf, "report_interval_s")

    def is_prepared(self):
        """Whether notifications can be sent."""
        return self._notifier is not None

    def outbox_status(self):
        """``Outbox.status`` of our notifications' outbox; None where they do without."""
        if not options.value(self._conf, "outbox"):
            return None
        return self._outbox().status()

    def describe(self):
        """How our notifications leave, for the log."""
        directory = options.outbox_dir(self._conf)
        with_outbox = options.value(self._conf, "outbox")
        interval_s = self.report_interval_s
        return "%s; %s" % (
            "outbox: %s" % directory if with_outbox else "no outbox",
            "reports every %d s" % interval_s if interval_s else "no reports",
        )

    def check_options(self):
        """Warn once of each invalid value in nova.conf."""
        for name, default, why in options.wrong(self._conf):
            LOG.warning(
                "vifcast-nova: [vifcast] %s in nova.conf is invalid; using the default, "
                "%s (%s)",
                name,
                str(default).lower(),
                why,
            )

    def _start_outbox(self):
        # What a Nova that was killed has left is not to wait for the next NIC.
        self._outbox().start()

    def _outbox(self):
        return process.of(self._conf, self._transport, os.getpid())


def _sendable(failure):
    """The exception, or one that says its class where it cannot be sent itself.

    Nova leaves out a fault that counts as false, and fails with one whose message is
    no text (``nova/compute/utils.py:notify_about_instance_usage``); its serializer
    sends the ``repr``.
    """
    if failure is None:
        return None
    try:
        json.dumps(repr(failure))
        message = getattr(failure, "format_message", str)()
        sendable = bool(failure) and isinstance(message, (str, type(u"")))
    except Exception:
        sendable = False
    return failure if sendable else RuntimeError(type(failure).__name__)


class _Primitives(object):
    """Nova's serializer of payloads, for those that JSON cannot hold as they are.

    Most can: to find that out takes a tenth of the time that it takes to copy one.
    """

    def __init__(self, serializer):
        self._serializer = serializer

    def serialize_entity(self, context, entity):
        if _KEEPS_ORDER:
            try:
                json.dumps(entity)
            except Exception:
                pass
            else:
                return entity
        return self._serializer.serialize_entity(context, entity)


class _Payload(object):
    """Stands where Nova expects a notifier, and keeps what Nova would send."""

    event_type = None
    payload = None

    def info(self, context, event_type, payload):
        self.event_type, self.payload = event_type, payload

    error = info
