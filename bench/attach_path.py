"""What the plug-in adds to one attach, over what the hand-patch adds to it.

Three Novas, each in a process of its own, take turns on one RabbitMQ: as it is,
with the plug-in, and patched by hand.
"""

import contextlib
import tempfile
from pathlib import Path
from statistics import median

from lab import broker, handpatch

from bench.nova import Nova
from bench.report import bench_line, spread

# A process is as much as a millisecond faster or slower than its twin for as long as it
# lives, so there are several of each.
PROCESSES = 6
ROUNDS = 10
ATTACHES_A_ROUND = 10


def run() -> None:
    """Print the comparison."""
    url = broker.transport_url(broker.new_vhost())
    medians: dict[str, list[float]] = {"stock": [], "plugin": [], "patch": []}
    with tempfile.TemporaryDirectory(prefix="vifcast-bench-") as top:
        tree = Path(top, "tree")
        tree.mkdir()
        patched = handpatch.make(str(tree))
        for number in range(PROCESSES):
            _take_turns(medians, Path(top, str(number)), url, patched)
    _print(medians)


def _take_turns(medians: dict[str, list[float]], directory: Path, url: str, patched: str) -> None:
    with contextlib.ExitStack() as stack:
        novas = {}
        for name in medians:
            drivers = ["messagingv2", "vifcast"] if name == "plugin" else ["messagingv2"]
            own = directory / name
            own.mkdir(parents=True)
            novas[name] = Nova(drivers, str(own), url, patched if name == "patch" else "")
            stack.callback(novas[name].close)
        for nova in novas.values():
            nova.attach(ATTACHES_A_ROUND)  # warm up
        for _ in range(ROUNDS):
            for name, nova in novas.items():
                medians[name].append(median(nova.attach(ATTACHES_A_ROUND)))


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
