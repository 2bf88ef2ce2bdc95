"""The plug-in's wheel: for every Python, and all that the pip of Queens' time needs."""

import configparser
import json
import os
import subprocess
import zipfile
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

import pytest
from alone import alone
from environments import PIP_9
from places import ENVIRONMENTS, LOGS, REPOSITORY
from wheels import ensure_wheel

PYTHON = ENVIRONMENTS / PIP_9.name / "bin" / "python"
# Printed by that Python itself about one installed distribution.
ENTRY_POINTS = """
import json, pkg_resources
found = pkg_resources.get_distribution("vifcast-nova").get_entry_map()
print(json.dumps({group: sorted(map(str, points.values())) for group, points in found.items()}))
"""


@dataclass(frozen=True)
class Installed:
    """Where pip has put our wheel, outside its own environment."""

    prefix: Path

    @property
    def packages(self) -> Path:
        return self.prefix / "lib" / "python2.7" / "site-packages"

    def run(self, *command: str | Path) -> str:
        """What ``command`` prints with our package importable; it has to succeed."""
        ran = subprocess.run(
            command, env=clean_environment(PYTHONPATH=str(self.packages)),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


def clean_environment(**changes: str) -> dict[str, str]:
    """This process's, without what it says to pip and to Python."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON"))}
    return {**kept, **changes}


@pytest.fixture(scope="module")
def wheel() -> Path:
    """The wheel of nova-plugin/ as it is."""
    with alone():
        return ensure_wheel("nova-plugin", LOGS / "dist.log")


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, installed by pip 9 with its dependencies, without an index to get any from."""
    prefix = tmp_path_factory.mktemp("prefix")
    pip: list[str | Path] = [PYTHON, "-m", "pip", "--isolated", "--disable-pip-version-check"]
    version = subprocess.run([*pip, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("pip 9.0.1 ")
    assert "(python 2.7)" in version.stdout
    command = [*pip, "install", "--no-index", "--prefix", prefix, wheel]
    ran = subprocess.run(
        command, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return Installed(prefix)


def declared_entry_points() -> dict[str, list[str]]:
    """Those of setup.cfg, by group."""
    setup = configparser.ConfigParser()
    setup.read(REPOSITORY / "nova-plugin" / "setup.cfg")
    return {
        group: sorted(line for line in lines.splitlines() if line)
        for group, lines in setup["options.entry_points"].items()
    }


def test_wheel_is_for_python_2_and_3_on_any_machine(wheel: Path) -> None:
    assert wheel.name.endswith("-py2.py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        (file,) = (name for name in archive.namelist() if name.endswith(".dist-info/WHEEL"))
        metadata = message_from_bytes(archive.read(file))
    assert metadata["Root-Is-Purelib"] == "true"
    assert set(metadata.get_all("Tag", [])) == {"py2-none-any", "py3-none-any"}


def test_wheel_asks_for_no_other_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (file,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(file))
    assert metadata["Name"] == "vifcast-nova"
    assert metadata.get_all("Requires-Dist") is None


def test_pip_of_queens_time_installs_it_and_nothing_else(installed: Installed) -> None:
    (information,) = installed.packages.glob("*.dist-info")
    assert sorted(path.name for path in installed.packages.iterdir()) == [
        "vifcast_nova",
        information.name,
    ]
    where = installed.run(PYTHON, "-c", "import vifcast_nova; print(vifcast_nova.__file__)")
    assert where.startswith(str(installed.packages))


def test_every_module_in_the_sources_is_installed(installed: Installed) -> None:
    source = REPOSITORY / "nova-plugin"
    ours = {path.relative_to(source) for path in (source / "vifcast_nova").rglob("*.py")}
    assert ours == {
        path.relative_to(installed.packages) for path in installed.packages.rglob("*.py")
    }


def test_every_module_is_of_the_grammar_of_python_2(installed: Installed) -> None:
    installed.run(PYTHON, "-m", "compileall", "-f", "-q", installed.packages / "vifcast_nova")


def test_installed_entry_points_are_those_declared(installed: Installed) -> None:
    entry_points = json.loads(installed.run(PYTHON, "-c", ENTRY_POINTS))
    assert entry_points == declared_entry_points()
    assert {"console_scripts", "oslo.messaging.notify.drivers"} <= entry_points.keys()


def test_installed_command_runs(installed: Installed) -> None:
    command = installed.prefix / "bin" / "vifcast-nova"
    assert command.read_text().startswith(f"#!{PYTHON}\n")
    assert "patch" in installed.run(command, "--help")
