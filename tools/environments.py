"""The Python environments of this repository, as data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Environment:
    """What .venv/<name> holds, beside everything in locks/<name>.txt."""

    name: str
    holds: str
    # Folders whose wheel is installed: as an operator gets it, so that what is
    # missing from the package is missing in the tests.
    wheels: tuple[str, ...] = ()
    # Folders installed in place: for the people who work on them.
    editable: tuple[str, ...] = ()
    # Some locked package has no wheel for this Python.
    compiles: bool = False
    # Must be importable in the end.
    proof: str = ""


ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            "dev",
            "the service, its tests, the linters",
            editable=("service",),
            proof="import vifcast, pytest",
        ),
        Environment(
            "nova-2026.2",
            "Nova 34.0.0, the plug-in and the service",
            wheels=("nova-plugin", "service"),
            proof="import nova.compute.manager, vifcast_nova, vifcast",
        ),
        Environment(
            "nova-zed",
            "Nova 26.2.2 and the plug-in",
            wheels=("nova-plugin",),
            compiles=True,
            proof="import nova.compute.manager, vifcast_nova",
        ),
    )
}
