import re

import pytest
from environments import ENVIRONMENTS, FOR_RELEASE
from places import LOCKS, REPOSITORY
from plan import SUITES, behaviour_suites
from releases import NEWEST, RELEASES, Release, version_key
from trial import UNKNOWN, locked_version


def test_releases_are_in_order() -> None:
    versions = [version_key(release.nova) for release in RELEASES]
    assert versions == sorted(versions)
    assert [version[0] for version in versions] == list(range(17, 35))


def test_make_knows_the_releases_by_their_locks() -> None:
    sources = {file.name for file in LOCKS.glob("nova-*.in")}
    assert sources == {f"nova-{release.name}.in" for release in RELEASES}


def test_page_has_a_row_for_every_release() -> None:
    page = (REPOSITORY / "docs" / "releases.md").read_text()
    rows = re.findall(r"^\| (\S+) \| \d", page, re.MULTILINE)
    assert rows == [release.name for release in RELEASES]


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_every_release_has_what_its_suite_needs(release: Release) -> None:
    environment = FOR_RELEASE[release.name]
    assert ENVIRONMENTS[environment.name] is environment
    lock = LOCKS / f"{environment.lock}.txt"
    assert locked_version("nova", lock) == release.nova
    for package in ("oslo-messaging", "pytest", "pytest-timeout", "jsonschema"):
        assert locked_version(package, lock) != UNKNOWN
    assert [suite.environment for suite in behaviour_suites(release)] == [environment.name] * (
        2 if release == NEWEST else 1
    )


def test_every_suite_has_a_title_and_an_environment() -> None:
    titles = [suite.title for suite in SUITES]
    assert len(set(titles)) == len(titles)
    assert ENVIRONMENTS.keys() >= {suite.environment for suite in SUITES}
