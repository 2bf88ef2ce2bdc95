"""Fixtures of the source patch; ``make test-patch`` fetches the trees (tools/nova_sources.py)."""

from pathlib import Path

import pytest
from releases import NEWEST, RELEASES

from trees_to_patch import Nova, Patch, PatchProcess, Said, copy_of, run_bound
from vifcast_nova.cli import main


@pytest.fixture(params=RELEASES, ids=lambda release: release.name)
def any_nova(request: pytest.FixtureRequest, tmp_path: Path) -> Nova:
    """Each of the eighteen."""
    return copy_of(request.param, tmp_path)


@pytest.fixture(params=[RELEASES[0], NEWEST], ids=lambda release: release.name)
def nova(request: pytest.FixtureRequest, tmp_path: Path) -> Nova:
    """The oldest, whose methods are the public ones, and the newest."""
    return copy_of(request.param, tmp_path)


@pytest.fixture
def newest(tmp_path: Path) -> Nova:
    """For what does not depend on the release."""
    return copy_of(NEWEST, tmp_path)


@pytest.fixture
def patch(capfdbinary: pytest.CaptureFixture[bytes]) -> Patch:
    """Run ``vifcast-nova patch ACTION --nova`` on a tree, in this process."""

    def run(action: str, nova: Nova) -> Said:
        capfdbinary.readouterr()
        code = main.main(["patch", action, "--nova", str(nova.folder)])
        captured = capfdbinary.readouterr()
        return Said(code, captured.out, captured.err.decode())

    return run


@pytest.fixture
def patch_process() -> PatchProcess:
    """The same in a process of its own, on any Python; bound by what chmod forbids."""
    return run_bound
