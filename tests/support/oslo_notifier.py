"""oslo.messaging's own notifier, as a service of OpenStack has it."""

from typing import Any

import oslo_messaging
from oslo_config import cfg


class OsloNotifier:
    """``driver = messagingv2``; ``options`` are of [oslo_messaging_rabbit]."""

    def __init__(self, transport_url: str, **options: Any) -> None:
        conf = cfg.ConfigOpts()
        conf([], project="nova")
        oslo_messaging.set_transport_defaults("nova")
        self._transport = oslo_messaging.get_notification_transport(conf, url=transport_url)
        for name, value in options.items():
            conf.set_override(name, value, "oslo_messaging_rabbit")
        self._notifier = oslo_messaging.Notifier(
            self._transport, "compute.compute-1", driver="messagingv2", topics=["notifications"]
        )

    def info(self, event_type: str, payload: dict[str, Any], **context: Any) -> None:
        """Send one; oslo.messaging logs what fails, and raises nothing."""
        self._notifier.info(context, event_type, payload)

    def close(self) -> None:
        """Close the connections."""
        self._transport.cleanup()
