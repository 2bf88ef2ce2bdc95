"""One attach while the broker is stopped, over the same while it runs.

The plug-in beside an unmodified Nova on a RabbitMQ of its own, in turns with an unmodified
Nova alone, by which each round is divided: the phases are minutes apart, and the machine
may have other things to do. And a hand-patched Nova, which was connected too, to show what
an outage does without an outbox.
"""

import tempfile
import time
from pathlib import Path
from statistics import median

from lab import broker, handpatch
from lab.own_broker import OwnBroker

from bench.nova import Nova
from bench.report import bench_line, spread

ROUNDS = 10
ATTACHES_A_ROUND = 10
STUCK_S = 20
CATCH_UP_S = 40  # longer than the sender ever waits to try again
VHOST = "bench"


def run() -> None:
    """Print the comparison."""
    rabbitmq = OwnBroker()
    with tempfile.TemporaryDirectory(prefix="vifcast-bench-") as top:
        directories = {name: Path(top, name) for name in ("stock", "plugin", "patch", "tree")}
        for directory in directories.values():
            directory.mkdir()
        rabbitmq.create_vhost(VHOST)
        url = broker.transport_url(f"{rabbitmq.url}/{VHOST}")
        patched = handpatch.make(str(directories["tree"]))
        plugin = Nova(["messagingv2", "vifcast"], str(directories["plugin"]), url)
        patch = Nova(["messagingv2"], str(directories["patch"]), url, patched)
        stock = Nova(["messagingv2"], str(directories["stock"]), url)
        for nova in (stock, plugin, patch):
            nova.attach(ATTACHES_A_ROUND)  # warm up, and connect
        rounds: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
        for is_up in (True, False) * 2:
            if is_up and rounds[False]:
                rabbitmq.start()
                time.sleep(CATCH_UP_S)
            elif not is_up:
                rabbitmq.stop()
            for _ in range(ROUNDS):
                pair = [median(nova.attach(ATTACHES_A_ROUND)) for nova in (plugin, stock)]
                rounds[is_up].append((pair[0], pair[1]))
        is_stuck = patch.is_stuck(STUCK_S)
        for nova in (stock, plugin, patch):
            nova.kill()
    rabbitmq.end()
    _print(rounds[True], rounds[False], is_stuck=is_stuck)


def _print(
    up: list[tuple[float, float]], down: list[tuple[float, float]], *, is_stuck: bool
) -> None:
    over_stock = {}
    for word, rounds in (("there", up), ("stopped", down)):
        print(f"RabbitMQ {word}: one attach, plug-in {spread([r[0] for r in rounds], 'ms', 2)}")
        print(f"RabbitMQ {word}: one attach, stock   {spread([r[1] for r in rounds], 'ms', 2)}")
        over_stock[word] = median(plugin / stock for plugin, stock in rounds)
    word = f"still waits after {STUCK_S} s" if is_stuck else f"returned within {STUCK_S} s"
    print(f"RabbitMQ stopped: one attach, patched by hand: {word}")
    bench_line(
        "attach_path_broker_down",
        over_stock["stopped"] / over_stock["there"],
        f"stopped {over_stock['stopped']:.2f} x stock",
        f"there {over_stock['there']:.2f} x stock; the hand-patch {word}",
    )
