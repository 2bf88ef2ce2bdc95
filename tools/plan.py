"""Which tests run where, as data."""

from dataclasses import dataclass

from environments import CURRENT, DEV, FOR_RELEASE
from releases import NEWEST, OLDEST, Release

PLUGIN = "nova-plugin/tests"
BROWSER = "service/tests/integration/web"


@dataclass(frozen=True)
class Suite:
    """One pytest process."""

    title: str
    # Its tag in nox, by which make chooses.
    group: str
    environment: str
    configuration: str
    paths: tuple[str, ...]
    # How the plug-in's tests run Nova's threads.
    threads: str = ""
    # Whether the plug-in's lab, a real ComputeManager, is to be importable.
    uses_lab: bool = False
    # pytest-xdist's, each with databases of its own; one process without it where there is one.
    workers: int = 1


# The behaviour suite, for every release, is all of the plug-in's tests but these, which
# need more of Nova's own test code and processes than the older releases' locks hold.
BEYOND_BEHAVIOUR = (
    "test_docs.py",
    "test_moves.py",
    "test_nova_api.py",
    "test_nova_own_tests.py",
    "test_processes.py",
)

# These need not be of Python 2.7's grammar: those, and what they run inside Nova's own tests.
PYTHON_3_ALONE = tuple(f"{PLUGIN}/{name}" for name in (*BEYOND_BEHAVIOUR, "functional"))

# Minutes of outages, whatever the release: with every landing on the newest, Zed and the
# oldest, not on all eighteen. A minute and a half of it is kill -9: not on the oldest.
LONG = (
    "test_advised_commands.py",
    "test_check.py",
    "test_check_broker.py",
    "test_check_passwords.py",
    "test_check_publisher.py",
    "test_outbox_command.py",
    "test_outbox_outages.py",
    "test_outbox_refused.py",
    "test_outbox_storm.py",
    "test_host_report.py",
)
KILLS = "test_outbox_killed.py"

# Each of our functions, failing in each way: with every landing on the oldest and the newest.
BREAKING = "test_never_breaks_nova.py"


def plugin_suite(
    title: str, environment: str, threads: str, paths: tuple[str, ...] = (PLUGIN,)
) -> Suite:
    """Tests of nova-plugin/tests in one environment, by default all."""
    configuration = f"{PLUGIN}/pytest.ini"
    return Suite(title, "plugin", environment, configuration, paths, threads)


def behaviour_suite(release: Release, threads: str, left_out: tuple[str, ...] = LONG) -> Suite:
    """The behaviour suite on ``release``, with threads of that kind."""
    return plugin_suite(
        f"plug-in, Nova {release.name}, {threads}",
        FOR_RELEASE[release.name].name,
        threads,
        (PLUGIN, *(f"--ignore={PLUGIN}/{name}" for name in (*BEYOND_BEHAVIOUR, KILLS, *left_out))),
    )


def behaviour_suites(release: Release) -> tuple[Suite, ...]:
    """The behaviour suite on ``release``, once for each way that its nova-compute runs threads."""
    kinds = ("eventlet", "native") if release == NEWEST else ("eventlet",)
    return tuple(behaviour_suite(release, threads) for threads in kinds)


# One process for all of a Nova's tests would run when the others have long ended: what waits
# for outages, and kills, has another.
OUTAGES = tuple(f"{PLUGIN}/{name}" for name in LONG)
BUT_OUTAGES = (PLUGIN, *(f"--ignore={name}" for name in OUTAGES), f"--ignore={PLUGIN}/{KILLS}")

# make test runs some at a time, the longest first: the service's, of three workers, then the
# plug-in's, which wait as much as they compute.
SUITES = (
    Suite(
        "service",
        "service",
        DEV.name,
        "pyproject.toml",
        ("service/tests", f"--ignore={BROWSER}"),
        workers=3,
    ),
    # Apart: Playwright leaves the event loop of its thread running, and asyncio.run wants none.
    Suite("service, in a browser", "service", DEV.name, "pyproject.toml", (BROWSER,)),
    plugin_suite("plug-in, Nova 2026.2, native threads", CURRENT.name, "native", BUT_OUTAGES),
    # On Python 2.7.
    behaviour_suite(OLDEST, "eventlet"),
    plugin_suite(
        "plug-in, Nova 2026.2, native threads, outages",
        CURRENT.name,
        "native",
        (*OUTAGES, f"{PLUGIN}/{KILLS}"),
    ),
    plugin_suite(
        f"plug-in, Nova {OLDEST.name}, outages", FOR_RELEASE[OLDEST.name].name, "eventlet", OUTAGES
    ),
    plugin_suite(
        "plug-in, Nova zed, eventlet",
        "nova-zed",
        "eventlet",
        (*BUT_OUTAGES, f"--ignore={PLUGIN}/{BREAKING}"),
    ),
    plugin_suite(
        "plug-in, Nova zed, outages",
        "nova-zed",
        "eventlet",
        (*OUTAGES, f"{PLUGIN}/{KILLS}"),
    ),
    Suite(
        "cross",
        "cross",
        CURRENT.name,
        "tests/pytest.ini",
        ("tests", "--ignore=tests/support", "--ignore=tests/tools", "--ignore=tests/patch"),
        uses_lab=True,
    ),
    Suite("source patch", "patch", DEV.name, "pyproject.toml", ("tests/patch",)),
    Suite("tools", "tools", DEV.name, "pyproject.toml", ("tests/support", "tests/tools")),
    plugin_suite(
        "plug-in, Nova 2026.2, eventlet",
        CURRENT.name,
        "eventlet",
        # What drives ComputeManager itself; the rest starts processes of its own.
        tuple(f"{PLUGIN}/test_{name}.py" for name in ("scenarios", "failures", "port_deletions")),
    ),
)
