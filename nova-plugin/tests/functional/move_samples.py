"""Writes ``contract/samples`` of a server that moves: who says then that it has moved.

``VIFCAST_SAMPLES_TO=OUTPUT python -m lab.run_unittests REPORT move_samples`` as for
``instance_samples.py``.
"""

import os

from lab import samples
from moving import MovingTestCase

OF = [
    ("resize", ["compute.instance.finish_resize.end", "instance.resize_finish.end"]),
    ("revert_resize", ["compute.instance.resize.revert.end", "instance.resize_revert.end"]),
    (
        "live_migrate",
        [
            "compute.instance.live_migration.post.dest.end",
            "instance.live_migration_post_dest.end",
        ],
    ),
    ("change_fixed_ips", ["compute.instance.create_ip.end", "compute.instance.delete_ip.end"]),
    ("shelve", ["compute.instance.shelve_offload.end", "instance.shelve_offload.end"]),
    ("unshelve", ["compute.instance.unshelve.end", "instance.unshelve.end"]),
    ("evacuate", ["compute.instance.rebuild.end", "instance.rebuild.end"]),
]


class MoveSamples(MovingTestCase):
    def test_server_moves(self):
        for action, event_types in OF:
            received = getattr(self, action)()
            samples.write_first(os.environ["VIFCAST_SAMPLES_TO"], received, event_types)
