"""oslo.messaging's batch notification listener, whose endpoint does nothing."""

import json
import sys
import time

import oslo_messaging
from oslo_config import cfg

from bench.meter import Meter

BATCH_SIZE = 100
BATCH_TIMEOUT_S = 1


class _Nothing:
    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def info(self, messages: list[object]) -> None:
        self._meter.done(len(messages))


def main(url: str, count: int) -> float:
    """Take ``count`` notifications; returns how many a second."""
    conf = cfg.ConfigOpts()
    conf([], project="bench", default_config_files=[], default_config_dirs=[])
    transport = oslo_messaging.get_notification_transport(
        conf, url=url.replace("amqp://", "rabbit://", 1)
    )
    meter = Meter(count)
    listener = oslo_messaging.get_batch_notification_listener(
        transport,
        [oslo_messaging.Target(topic="notifications", exchange="nova")],
        [_Nothing(meter)],
        executor="threading",
        batch_size=BATCH_SIZE,
        batch_timeout=BATCH_TIMEOUT_S,
    )
    listener.start()
    if count:
        meter.finished.wait()
    else:
        time.sleep(1)  # its thread declares the queue
    listener.stop()
    listener.wait()
    return meter.rate if count else 0


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
