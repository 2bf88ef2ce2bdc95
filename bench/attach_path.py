"""What the plug-in adds to one attach, over what the hand-patch adds to it.

Three Novas, each in a process of its own, take turns on one RabbitMQ: as it is,
with the plug-in, and patched by hand.
"""

import tempfile
from pathlib import Path
from statistics import median

from lab import broker, handpatch

from bench.nova import Nova
from bench.report import bench_line, spread

ROUNDS = 40
ATTACHES_A_ROUND = 10


def run() -> None:
    """Print the comparison."""
    url = broker.transport_url(broker.new_vhost())
    with tempfile.TemporaryDirectory(prefix="vifcast-bench-") as top:
        directories = {name: Path(top, name) for name in ("stock", "plugin", "patch", "tree")}
        for directory in directories.values():
            directory.mkdir()
        patched = handpatch.make(str(directories["tree"]))
        both = ["messagingv2", "vifcast"]
        novas = {
            "stock": Nova(["messagingv2"], str(directories["stock"]), url),
            "plugin": Nova(both, str(directories["plugin"]), url),
            "patch": Nova(["messagingv2"], str(directories["patch"]), url, patched),
        }
        for nova in novas.values():
            nova.attach(ATTACHES_A_ROUND)  # warm up
        medians: dict[str, list[float]] = {name: [] for name in novas}
        for _ in range(ROUNDS):
            for name, nova in novas.items():
                medians[name].append(median(nova.attach(ATTACHES_A_ROUND)))
        for nova in novas.values():
            nova.close()
    _print(medians)


def _print(medians: dict[str, list[float]]) -> None:
    plugin = [a - b for a, b in zip(medians["plugin"], medians["stock"], strict=True)]
    patch = [a - b for a, b in zip(medians["patch"], medians["stock"], strict=True)]
    print(f"one attach, stock Nova:  {spread(medians['stock'], 'ms', 2)}")
    print(f"the plug-in adds:        {spread(plugin, 'ms', 2)}")
    print(f"the hand-patch adds:     {spread(patch, 'ms', 2)}")
    bench_line(
        "attach_path",
        median(plugin) / median(patch),
        f"vifcast-nova +{median(plugin):.2f} ms",
        f"hand-patch +{median(patch):.2f} ms",
    )
