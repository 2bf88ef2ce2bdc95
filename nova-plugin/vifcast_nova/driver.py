"""What ``driver = vifcast`` in nova.conf loads: the way into Nova.

oslo.messaging makes one instance per notifier while Nova's ``rpc.init`` runs
(``nova/rpc.py``), in every Nova service that reads this nova.conf. stevedore
drops a driver whose import or ``__init__`` fails without a word, and lets
SystemExit through, which ends nova-compute: nothing may leave this module.
"""

import logging

LOG = logging.getLogger(__name__)

try:
    from oslo_messaging.notify.notifier import Driver as _Base
except Exception:  # an oslo.messaging that moved it: a plain object will do
    _Base = object


class Driver(_Base):
    """Publishes nothing that it is handed; being loaded is its whole job.

    :param conf: the service's oslo.config ConfigOpts
    :param topics: list of str, the topics of the notifier that loads us
    :param transport: oslo.messaging's notification transport
    """

    # Of the class: notification_format = both makes two of us, and one warning
    # is enough.
    _is_off = False
    _unlogged = None

    def __init__(self, conf, topics, transport):
        self.conf = conf
        self.topics = topics
        self.transport = transport
        try:
            from vifcast_nova.hooks import install

            install.when_compute_starts(conf, transport)
        except (Exception, SystemExit) as exc:
            # Logging is not set up yet (rpc.init runs before logging.setup), so
            # the reason is kept until the first notification passes by.
            if not Driver._is_off:
                Driver._is_off = True
                Driver._unlogged = "%s: %s" % (type(exc).__name__, exc)

    def notify(self, ctxt, message, priority, retry):
        """Nova's own notification, which ``messagingv2`` publishes, not we."""
        unlogged, Driver._unlogged = Driver._unlogged, None
        if unlogged:
            LOG.warning(
                "vifcast-nova is off: it could not be loaded (%s). Nova is "
                "not affected, and NIC notifications are not sent. Reinstall "
                "vifcast-nova in this service's Python environment.",
                unlogged,
            )
