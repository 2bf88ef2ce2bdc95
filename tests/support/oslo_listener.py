"""A listener of oslo.messaging's, as a CMP that reads Nova's notifications has one.

``python oslo_listener.py TRANSPORT_URL`` prints ``ready``, and then each notification as a line of
JSON, until it is ended. Its queues are on the exchange ``nova``, topic ``notifications``.
"""

import json
import sys
import time
from typing import Any

import oslo_messaging
from oslo_config import cfg


class Endpoint:
    """Prints what comes."""

    def info(
        self, context: Any, publisher_id: str, event_type: str, payload: Any, metadata: Any
    ) -> None:
        """Of the priority INFO."""
        said = {"publisher_id": publisher_id, "event_type": event_type, "payload": payload}
        print(json.dumps({**said, "context": context, "metadata": metadata}), flush=True)

    error = info


def main(url: str) -> None:
    """Until it is ended."""
    transport = oslo_messaging.get_notification_transport(cfg.ConfigOpts(), url)
    listener = oslo_messaging.get_notification_listener(
        transport,
        [oslo_messaging.Target(topic="notifications", exchange="nova")],
        [Endpoint()],
        executor="threading",
    )
    listener.start()
    print("ready", flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1])
