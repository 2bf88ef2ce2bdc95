import pytest
from environments import ENVIRONMENTS, FOR_RELEASE
from errors import SetupError
from places import LOCKS
from plan import behaviour_suites
from releases import NEWEST, RELEASES, Release, chosen, version_key
from trial import UNKNOWN, locked_version


def test_releases_are_in_order() -> None:
    versions = [version_key(release.nova) for release in RELEASES]
    assert versions == sorted(versions)
    assert [version[0] for version in versions] == list(range(17, 35))


def test_all_are_chosen_unless_some_are_named() -> None:
    assert chosen([]) == list(RELEASES)
    assert [release.name for release in chosen(["zed", "queens"])] == ["queens", "zed"]


def test_unknown_release_is_told_with_those_that_are_known() -> None:
    with pytest.raises(SetupError, match=r"quens.*queens, rocky.*2026\.2"):
        chosen(["queens", "quens"])


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
