"""The Keystone of the tests is a real one: its tokens, and what ends them."""

import time
import urllib.error
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from keystonemiddleware.auth_token import AuthProtocol

from keystone_api import Project, User
from keystone_server import Keystone

RULE = {"service": "nic-ledger", "method": "GET", "path": "/v1/events"}


@pytest.fixture(scope="module")
def keystone() -> Iterator[Keystone]:
    """One Keystone for this module; a test that ends it starts it again."""
    with Keystone() as running:
        running.register("nic-ledger", "http://127.0.0.1:8780")
        yield running


@pytest.fixture
def project(keystone: Keystone) -> Project:
    return keystone.create_project()


@pytest.fixture
def member(keystone: Keystone, project: Project) -> User:
    return keystone.create_user("member", scope=project)


def roles(token: dict[str, Any] | None) -> set[str]:
    assert token is not None
    return {role["name"] for role in token["roles"]}


def wait_until(is_so: Callable[[], bool], timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_token_of_a_member_names_user_project_and_roles(
    keystone: Keystone, project: Project, member: User
) -> None:
    token = keystone.issue(member, project)
    found = keystone.validate(token)
    assert token.startswith("gAAAA")
    assert found is not None
    assert (found["user"]["id"], found["project"]["id"]) == (member.id, project.id)
    # A member may read: Keystone implies it.
    assert roles(found) == {"member", "reader"}


def test_token_of_a_system_reader_is_the_systems(keystone: Keystone) -> None:
    found = keystone.validate(
        keystone.issue(keystone.create_user("reader", scope="system"), "system")
    )
    assert roles(found) == {"reader"}
    assert found is not None
    assert found["system"] == {"all": True}
    assert "project" not in found


def test_unscoped_token_has_no_roles(keystone: Keystone, member: User) -> None:
    found = keystone.validate(keystone.issue(member))
    assert found is not None
    assert found.keys().isdisjoint({"roles", "project", "system"})


def test_role_withdrawn_ends_the_token(keystone: Keystone, project: Project, member: User) -> None:
    token = keystone.issue(member, project)
    keystone.withdraw(member, "member", project)
    assert keystone.validate(token) is None


def test_credential_gives_its_rules_and_roles_to_its_tokens(
    keystone: Keystone, project: Project, member: User
) -> None:
    credential = keystone.create_credential(member, project, "reader", access_rules=[RULE])
    found = keystone.validate(keystone.issue_from(credential))
    assert roles(found) == {"reader"}
    assert found is not None
    (rule,) = found["application_credential"]["access_rules"]
    assert rule.items() >= RULE.items()


def test_revoked_token_is_not_valid_and_another_of_its_user_is(
    keystone: Keystone, project: Project, member: User
) -> None:
    revoked, other = keystone.issue(member, project), keystone.issue(member, project)
    keystone.revoke(revoked)
    assert keystone.validate(revoked) is None
    assert keystone.validate(other) is not None


@pytest.mark.parametrize("what", ["user", "project"])
def test_disabled_user_or_project_has_no_valid_token(
    keystone: Keystone, project: Project, member: User, what: str
) -> None:
    subject = member if what == "user" else project
    token = keystone.issue(member, project)
    keystone.disable(subject)
    assert keystone.validate(token) is None
    with pytest.raises(urllib.error.HTTPError, match="401"):
        keystone.issue(member, project)
    keystone.enable(subject)
    assert keystone.validate(keystone.issue(member, project)) is not None


def test_token_of_a_credential_expires_with_it(
    keystone: Keystone, project: Project, member: User
) -> None:
    credential = keystone.create_credential(member, project, lifetime_s=5)
    token = keystone.issue_from(credential)
    wait_until(lambda: keystone.validate(token) is None)


def test_catalogue_lists_what_was_registered(
    keystone: Keystone, project: Project, member: User
) -> None:
    found = keystone.validate(keystone.issue(member, project))
    assert found is not None
    listed = {
        service["type"]: endpoint["url"]
        for service in found["catalog"]
        for endpoint in service["endpoints"]
    }
    assert listed == {"identity": keystone.auth_url, "nic-ledger": "http://127.0.0.1:8780"}


def test_tokens_outlive_a_stop_and_a_freeze(
    keystone: Keystone, project: Project, member: User
) -> None:
    token = keystone.issue(member, project)
    keystone.stop()
    with pytest.raises(urllib.error.URLError, match="refused"):
        keystone.validate(token)
    keystone.start()
    assert keystone.validate(token) is not None
    keystone.suspend()
    with pytest.raises(TimeoutError):
        keystone.call("GET", "", timeout_s=0.2)
    keystone.resume()
    assert keystone.validate(token) is not None


def test_another_keystone_knows_none_of_it_and_its_own_tokens_for_as_long_as_it_says(
    keystone: Keystone, project: Project, member: User
) -> None:
    with Keystone(token_lifetime_s=4) as other:
        assert other.validate(keystone.issue(member, project)) is None
        own = other.issue(other.create_user())
        assert keystone.validate(own) is None
        # The admin's own token has expired then, too.
        wait_until(lambda: other.validate(own) is None)


def test_auth_token_takes_its_tokens_and_refuses_others(
    keystone: Keystone, project: Project, member: User
) -> None:
    services = keystone.create_project()
    options = keystone.authtoken_options(
        keystone.create_user("service", scope=services), services
    ) | {"service_type": "nic-ledger"}

    def application(environ: dict[str, str], start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [])
        return [f"{environ['HTTP_X_PROJECT_ID']} {environ['HTTP_X_USER_ID']}".encode()]

    def ask(token: str, path: str = "/v1/events") -> tuple[str, dict[str, str], bytes]:
        environ = {"PATH_INFO": path, "HTTP_X_AUTH_TOKEN": token}
        setup_testing_defaults(environ)
        started: list[Any] = []
        # A new one for each request, for it caches what it has found.
        body = AuthProtocol(application, options)(environ, lambda *about: started.extend(about))
        return started[0], dict(started[1]), b"".join(body)

    token = keystone.issue(member, project)
    assert ask(token)[2].decode() == f"{project.id} {member.id}"
    ruled = keystone.issue_from(keystone.create_credential(member, project, access_rules=[RULE]))
    assert ask(ruled)[0] == "200 OK"
    assert ask(ruled, "/v1/operations")[0] == "401 Unauthorized"
    keystone.revoke(token)
    status, headers, _ = ask(token)
    assert status == "401 Unauthorized"
    assert headers["WWW-Authenticate"] == f'Keystone uri="{keystone.auth_url}"'
