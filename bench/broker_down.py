"""One attach while the broker is stopped, over the same while it runs.

The plug-in beside an unmodified Nova on a RabbitMQ of its own; and a hand-patched Nova,
which was connected to it too, to show what an outage does without an outbox.
"""

import tempfile
from pathlib import Path
from statistics import median

from lab import broker, handpatch
from lab.own_broker import OwnBroker

from bench.nova import Nova
from bench.report import bench_line, spread

ROUNDS = 5
ATTACHES_A_ROUND = 20
STUCK_S = 20
VHOST = "bench"


def run() -> None:
    """Print the comparison."""
    rabbitmq = OwnBroker()
    with tempfile.TemporaryDirectory(prefix="vifcast-bench-") as top:
        directories = {name: Path(top, name) for name in ("plugin", "patch", "tree")}
        for directory in directories.values():
            directory.mkdir()
        rabbitmq.create_vhost(VHOST)
        url = broker.transport_url(f"{rabbitmq.url}/{VHOST}")
        patched = handpatch.make(str(directories["tree"]))
        plugin = Nova(["messagingv2", "vifcast"], str(directories["plugin"]), url)
        patch = Nova(["messagingv2"], str(directories["patch"]), url, patched)
        for nova in (plugin, patch):
            nova.attach(ATTACHES_A_ROUND)  # warm up, and connect
        times_ms: dict[bool, list[float]] = {True: [], False: []}
        for is_up in (True, False) * 2:
            if is_up and times_ms[False]:
                rabbitmq.start()
                plugin.attach(ATTACHES_A_ROUND)
            elif not is_up:
                rabbitmq.stop()
            for _ in range(ROUNDS):
                times_ms[is_up] += plugin.attach(ATTACHES_A_ROUND)
        is_stuck = patch.is_stuck(STUCK_S)
        for nova in (plugin, patch):
            nova.kill()
    rabbitmq.end()
    _print(times_ms[True], times_ms[False], is_stuck=is_stuck)


def _print(up_ms: list[float], down_ms: list[float], *, is_stuck: bool) -> None:
    print(f"one attach, RabbitMQ there:    {spread(up_ms, 'ms', 2)}")
    print(f"one attach, RabbitMQ stopped:  {spread(down_ms, 'ms', 2)}")
    word = f"still waits after {STUCK_S} s" if is_stuck else f"returned within {STUCK_S} s"
    print(f"the same, patched by hand:     {word}")
    bench_line(
        "attach_path_broker_down",
        median(down_ms) / median(up_ms),
        f"stopped {median(down_ms):.2f} ms",
        f"there {median(up_ms):.2f} ms; the hand-patch {word}",
    )
