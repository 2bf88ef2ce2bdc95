"""A service with nothing but oslo.messaging: no Nova."""

import oslo_messaging
from oslo_config import cfg
from vifcast_nova import options

from lab import broker


class Service(object):
    """One oslo.messaging notification transport and its configuration.

    :param url: str, ``amqp://...``
    :param directory: str, for the outbox
    :param settings: of ``[vifcast]``; without ``lane_exchange`` there is no lane
    """

    def __init__(self, url, directory, **settings):
        oslo_messaging.set_transport_defaults("nova")
        self.conf = cfg.ConfigOpts()
        self.conf([], project="plain", default_config_files=[], default_config_dirs=[])
        options.register(self.conf)
        settings.setdefault("lane_exchange", "")
        for name, value in dict(settings, outbox_dir=directory).items():
            self.conf.set_override(name, value, group="vifcast")
        self.transport = oslo_messaging.get_notification_transport(
            self.conf, url=broker.transport_url(url)
        )

    def durable(self):
        """What is sent outlives a restart of the broker; call it first."""
        group = "oslo_messaging_rabbit"
        self.conf.set_override("amqp_durable_queues", True, group=group)
        return self

    def notifier(self, topics=("notifications",), drivers=("vifcast_outbox",)):
        """An oslo.messaging Notifier with these drivers, in this order."""
        group = "oslo_messaging_notifications"
        oslo_messaging.get_notification_transport(self.conf, url="fake:/")  # registers
        self.conf.set_override("driver", list(drivers), group=group)
        return oslo_messaging.Notifier(self.transport, "plain.host1", topics=list(topics))
