"""Nova's own test of its versioned interface notifications, for the interface parts.

Upstream it is a part of ``test_instance_action``, and what it compares with is
in ``doc/notification_samples``, which the wheel does not have. What Nova sends
without the plug-in takes their place: ``Record`` writes the files, ``Compare``
reads them. Both also check all that Nova's test checks, such as how many there are.
"""

import json
import os

from nova.tests.functional.notification_sample_tests import test_instance

FOLDER = os.environ["VIFCAST_TEST_SAMPLES"]


class Compare(test_instance.TestInstanceNotificationSample):
    """Nova's steps, unchanged, with the samples of this run."""

    def test_interface_notifications(self):
        server = self._boot_a_server(
            extra_params={"networks": [{"port": self.neutron.port_1["id"]}]}
        )
        for step in (
            self._test_interface_attach_and_detach,
            self._test_interface_attach_error,
        ):
            self.notifier.reset()
            step(server)
            self._wait_for_state_change(server, "ACTIVE")

    def _get_notification_sample(self, sample):
        return os.path.join(FOLDER, sample + ".json")


class Record(Compare):
    """The same; the first notification of each kind is its sample from then on."""

    def _verify_notification(self, sample_file_name, replacements=None, actual=None):
        path = self._get_notification_sample(sample_file_name)
        if not os.path.exists(path):
            with open(path, "w") as sample:
                json.dump(actual, sample)
        super()._verify_notification(sample_file_name, replacements, actual)
