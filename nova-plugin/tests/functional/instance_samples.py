"""Writes ``contract/samples`` of a whole server: what comes with it and goes with it.

``VIFCAST_SAMPLES_TO=OUTPUT python -m lab.run_unittests REPORT instance_samples`` in the
folder ``nova-plugin/tests`` and a Nova environment, under the tests' RabbitMQ.
"""

import os

from cloud import NETWORK_ID, CloudTestCase
from lab import samples

EVENT_TYPES = [
    "compute.instance.create.end",
    "instance.create.end",
    "compute.instance.delete.end",
    "instance.delete.end",
]


class InstanceSamples(CloudTestCase):
    notification_format = "both"

    def test_server_comes_and_goes(self):
        server = self._create_server(networks=[{"uuid": NETWORK_ID}])
        self._delete_server(server)
        samples.write_first(os.environ["VIFCAST_SAMPLES_TO"], self.bus.take(), EVENT_TYPES)
