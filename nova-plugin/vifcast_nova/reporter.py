"""Makes a notification of an operation's phase and gives it to oslo.messaging."""


from vifcast_nova import operation as op


# The oslo.messaging driver that our notifications leave through: the v2 envelope,
# whatever the operator chose for Nova's own.
SENDING_DRIVER = "messagingv2"

# One more try than none: enough for a connection that the broker closed since
# the last notification. More would hold up the attach while a broker is away.
RETRIES = 1


class Reporter(object):
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
        if self._compute_utils is not None:
            self.prepare(self._compute_utils)

    def prepare(self, compute_utils):
        """Build our own Notifier.

        Nova's legacy one is a no-op under ``notification_format = versioned``
        (``nova/rpc.py:init``); this one is made the same way, with the default
        topics of ``[oslo_messaging_notifications]``.

        :param compute_utils: the module ``nova.compute.utils``
        """
        import oslo_messaging
        from nova import rpc

        self._notifier = oslo_messaging.Notifier(
            self._transport,
            driver=SENDING_DRIVER,
            serializer=rpc.RequestContextSerializer(rpc.JsonPayloadSerializer()),
            retry=RETRIES,
        )
        self._compute_utils = compute_utils

    def tell(self, operation, phase, failure=None):
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
            made, operation.context, operation.instance, suffix, fault=failure
        )
        if self._conf.vifcast.include_interface:
            made.payload["interface"] = operation.interface()
        notifier = self._notifier.prepare(
            publisher_id="compute.%s" % operation.manager.host
        )
        send = notifier.error if phase == "error" else notifier.info
        send(operation.context, made.event_type, made.payload)


class _Payload(object):
    """Stands where Nova expects a notifier, and keeps what Nova would send."""

    event_type = None
    payload = None

    def info(self, context, event_type, payload):
        self.event_type, self.payload = event_type, payload

    error = info
