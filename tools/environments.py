"""The Python environments of this repository, as data."""

from dataclasses import dataclass

from releases import NEWEST, RELEASES, Release


@dataclass(frozen=True)
class Environment:
    """What .venv/<name> holds, beside everything in locks/<lock>.txt."""

    name: str
    lock: str
    holds: str
    # In order of preference; the first that this machine has, or can be given, is taken.
    pythons: tuple[str, ...] = ("3.11",)
    # Folders whose wheel is installed: as an operator gets it, so that what is
    # missing from the package is missing in the tests.
    wheels: tuple[str, ...] = ()
    # Folders installed in place: for the people who work on them.
    editable: tuple[str, ...] = ()
    # What its locked packages that come without a wheel are built with.
    build_lock: str = "build"
    # Some locked package has no wheel for this Python.
    compiles: bool = False
    # Must be importable in the end.
    proof: str = ""

    @property
    def is_python2(self) -> bool:
        """Whether it is none of uv's, which knows Python 3 only."""
        return self.pythons == ("2.7",)


DEV = Environment(
    "dev",
    "dev",
    "the service, its tests, the linters",
    editable=("service",),
    proof="import vifcast, pytest",
)
DOCS = Environment(
    "docs",
    "docs",
    "Sphinx, for the documentation site, and our distributions, whose options it shows",
    wheels=("nova-plugin", "service"),
    proof="import furo, myst_parser, oslo_config.sphinxext, reno.sphinxext, sphinx, "
    "vifcast.options",
)
# The one that has everything: demo, benchmarks and cross tests run here.
CURRENT = Environment(
    "nova-2026.2",
    "nova-2026.2",
    f"Nova {NEWEST.nova}, the plug-in and the service",
    wheels=("nova-plugin", "service"),
    proof="import nova.compute.manager, vifcast_nova, vifcast",
)
# How an operator of that time installs our wheel.
PIP_9 = Environment(
    "pip-9",
    "pip-9",
    "the pip of Queens' time on Python 2.7",
    pythons=("2.7",),
    build_lock="build-python2",
    proof="import pip; assert pip.__version__ == '9.0.1'",
)
# One of those that the service is measured against.
CEILOMETER = Environment(
    "ceilometer",
    "ceilometer",
    "Ceilometer's notification agent, for the benchmarks",
    proof="import ceilometer.notification",
)
# Whose tokens the service's API takes; tests/support/keystone_server.py starts it.
KEYSTONE = Environment(
    "keystone",
    "keystone",
    "Keystone 30.0.0, for the tests of the service's identity",
    proof="import keystone.server.wsgi, keystone.cmd.manage, waitress",
)

BUILD_LOCKS = {"2.7": "build-python2", "3.8": "build-python3.8"}


def _environment_of(release: Release) -> Environment:
    name = f"nova-{release.name}"
    return Environment(
        # On the newest Python, beside the one that everything else here uses.
        f"{name}-newest-python" if release == NEWEST else name,
        name,
        f"Nova {release.nova} and the plug-in",
        pythons=release.pythons,
        wheels=("nova-plugin",),
        build_lock=BUILD_LOCKS.get(release.pythons[0], "build"),
        compiles=True,
        proof="import nova.compute.manager, vifcast_nova",
    )


# Where the behaviour suite runs, by the name of the release.
FOR_RELEASE = {release.name: _environment_of(release) for release in RELEASES}

ENVIRONMENTS = {
    environment.name: environment
    for environment in (DEV, DOCS, CURRENT, PIP_9, CEILOMETER, KEYSTONE, *FOR_RELEASE.values())
}
