"""Ceilometer's notification agent, its meters as they come, into a file.

Runs in Ceilometer's own environment. pipeline.yaml is Ceilometer's but for the publisher;
the pipeline of events, which would cost it more, is off, and it takes notifications in
batches of 100, which it does not by itself.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from ceilometer import notification, service
from ceilometer.meter.notifications import ProcessMeterNotifications

from bench.meter import Meter

_CONF = """
[DEFAULT]
transport_url = {url}
log_file = {log}
[notification]
pipelines = meter
notification_control_exchanges = nova
batch_size = 100
batch_timeout = 1
"""
_PIPELINE = """
sources:
  - {{name: meter_source, meters: ["*"], sinks: [meter_sink]}}
sinks:
  - {{name: meter_sink, publishers: ["file://{samples}?json"]}}
"""


def main(url: str, count: int) -> float:
    """Take ``count`` notifications; returns how many a second."""
    with tempfile.TemporaryDirectory(prefix="vifcast-bench-") as directory:
        conf, samples = Path(directory, "ceilometer.conf"), Path(directory, "samples")
        conf.write_text(
            _CONF.format(url=url.replace("amqp://", "rabbit://", 1), log=f"{directory}/log")
        )
        Path(directory, "pipeline.yaml").write_text(_PIPELINE.format(samples=samples))
        meter = Meter(count)
        _report_to(meter)
        agent = notification.NotificationService(
            0, service.prepare_service([sys.argv[0], "--config-file", str(conf)])
        )
        agent.run()
        if count:
            meter.finished.wait()
        else:
            time.sleep(1)  # its thread declares the queue
        agent.kill_listeners(agent.listeners)
        if count:
            assert samples.stat().st_size > count, "no samples"
        return meter.rate if count else 0


def _report_to(meter: Meter) -> None:
    process = ProcessMeterNotifications.info

    def info(self: ProcessMeterNotifications, notifications: list[object]) -> None:
        process(self, notifications)
        meter.done(len(notifications))

    ProcessMeterNotifications.info = info


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
