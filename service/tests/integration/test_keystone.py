"""A running service whose callers show tokens of a real Keystone."""

import logging

import httpx
import pytest

from ledger_events import make_event
from vifcast.errors import ConfigError

RULE = {"service": "nic-ledger", "method": "GET", "path": "/v1/events"}


def configured(folder, keystone, **more):
    project = keystone.create_project()
    user = keystone.create_user("service", scope=project)
    options = keystone.authtoken_options(user, project) | more
    file = folder / "vifcast.conf"
    lines = [f"{name} = {value}" for name, value in options.items()]
    file.write_text("\n".join(["[keystone_authtoken]", *lines, ""]))
    return file


@pytest.fixture(scope="module")
def project(keystone):
    return keystone.create_project()


@pytest.fixture(scope="module")
def other_project(keystone):
    return keystone.create_project()


@pytest.fixture(scope="module")
def server(module_serve, keystone, project, other_project, tmp_path_factory):
    keystone.register("nic-ledger", "http://127.0.0.1:8733")
    # Without a cache, what is revoked is refused at once.
    file = configured(tmp_path_factory.mktemp("conf"), keystone, token_cache_time=-1)
    server = module_serve("memory://", config_file=file, api__auth="keystone")
    for number, of in enumerate((project.id, other_project.id, None)):
        server.store.write(
            [
                make_event(
                    project_id=of, operation_id=f"o{number}", instance_id=f"i{number}",
                    port_id=f"p{number}",
                )
            ],
            [],
        )  # fmt: skip
    return server


def asked(server, token, path="v1/events", **params):
    headers = {"x-auth-token": token} if token is not None else {}
    return httpx.get(f"{server.url}{path}", headers=headers, params=params, timeout=60)


def projects(answer):
    assert answer.status_code == 200, answer.text
    return {each["project_id"] for each in answer.json()["items"]}


@pytest.mark.parametrize("role", ["reader", "member"])
def test_a_projects_own_users_see_their_project(server, keystone, project, other_project, role):
    token = keystone.issue(keystone.create_user(role, scope=project), project)
    assert projects(asked(server, token)) == {project.id}
    assert asked(server, token, project=other_project.id).status_code == 403
    assert asked(server, token, host="compute-1").status_code == 403
    assert asked(server, token, path="v1/hosts").status_code == 403
    assert "compute-1" not in asked(server, token).text


@pytest.mark.parametrize("role", ["reader", "admin"])
def test_the_systems_readers_and_admins_see_all(server, keystone, project, other_project, role):
    token = keystone.issue(keystone.create_user(role, scope="system"), "system")
    assert projects(asked(server, token)) == {project.id, other_project.id, None}
    assert asked(server, token, path="v1/hosts").status_code == 200
    assert "compute-1" in asked(server, token).text


def test_an_admin_of_a_project_is_one_of_the_cloud_as_in_nova(
    server, keystone, project, other_project
):
    token = keystone.issue(keystone.create_user("admin", scope=project), project)
    assert projects(asked(server, token)) == {project.id, other_project.id, None}


def test_without_role_or_without_scope(server, keystone, project):
    user = keystone.create_user("member", scope=project)
    unscoped = asked(server, keystone.issue(user))
    assert (unscoped.status_code, unscoped.json()["code"]) == (403, "forbidden")
    of_service = keystone.create_user("service", scope=project)
    assert asked(server, keystone.issue(of_service, project)).status_code == 403


def test_headers_of_identity_that_a_client_sends_count_for_nothing(server, keystone, project):
    token = keystone.issue(keystone.create_user("reader", scope=project), project)
    forged = {
        "x-auth-token": token, "openstack-system-scope": "all", "x-roles": "admin",
        "x-project-id": "other", "x-identity-status": "Confirmed", "x-is-admin-project": "True",
        "x_roles": "admin", "x-service-roles": "admin",
    }  # fmt: skip
    answer = httpx.get(f"{server.url}v1/events", headers=forged, timeout=60)
    assert projects(answer) == {project.id}
    del forged["x-auth-token"]
    answer = httpx.get(f"{server.url}v1/events", headers=forged, timeout=60)
    assert answer.status_code == 401


@pytest.mark.parametrize("token", [None, "", "x", "gAAAAABk", "vfc_a_b", "ä".encode(), "x" * 5000])
def test_no_token_or_none_of_keystones(server, keystone, token):
    answer = asked(server, token)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert "openstack token issue" in answer.json()["detail"]
    assert answer.headers["www-authenticate"] == f'Keystone uri="{keystone.auth_url}"'


def test_of_another_regions_keystone(server, other_keystone):
    elsewhere = other_keystone.create_project()
    token = other_keystone.issue(other_keystone.create_user("admin", scope=elsewhere), elsewhere)
    assert asked(server, token).status_code == 401


def test_revoked(server, keystone, project):
    token = keystone.issue(keystone.create_user("reader", scope=project), project)
    assert asked(server, token).status_code == 200
    keystone.revoke(token)
    assert asked(server, token).status_code == 401


def test_disabled_user_and_disabled_project(server, keystone):
    project = keystone.create_project()
    user = keystone.create_user("reader", scope=project)
    token = keystone.issue(user, project)
    assert asked(server, token).status_code == 200
    keystone.disable(user)
    assert asked(server, token).status_code == 401
    another = keystone.create_user("reader", scope=project)
    token = keystone.issue(another, project)
    assert asked(server, token).status_code == 200
    keystone.disable(project)
    assert asked(server, token).status_code == 401


def test_expired(server, keystone, project, until):
    user = keystone.create_user("member", scope=project)
    credential = keystone.create_credential(user, project, "reader", lifetime_s=5)
    token = keystone.issue_from(credential)
    until(lambda: asked(server, token).status_code == 401, timeout_s=60)


def test_application_credential(server, keystone, project):
    user = keystone.create_user("member", scope=project)
    token = keystone.issue_from(keystone.create_credential(user, project, "reader"))
    assert projects(asked(server, token)) == {project.id}
    assert projects(asked(server, token, path="v1/attachments")) == {project.id}


def test_access_rule_of_an_application_credential_allows_what_it_names(server, keystone, project):
    user = keystone.create_user("member", scope=project)
    credential = keystone.create_credential(user, project, "reader", access_rules=[RULE])
    token = keystone.issue_from(credential)
    assert projects(asked(server, token)) == {project.id}
    refused = asked(server, token, path="v1/attachments")
    assert refused.status_code == 401
    assert "one of them must allow this method and path" in refused.json()["detail"]


def warnings(caplog):
    return [
        each.getMessage()
        for each in caplog.records
        if each.levelno >= logging.WARNING and each.name.partition(".")[0].startswith("keystone")
    ]


def test_keystone_away(module_serve, private_keystone, tmp_path, until, caplog):
    project = private_keystone.create_project()
    user = private_keystone.create_user("reader", scope=project)
    known, unknown = (private_keystone.issue(user, project) for _ in range(2))
    file = configured(tmp_path, private_keystone)
    server = module_serve("memory://", config_file=file, api__auth="keystone")
    assert asked(server, known).status_code == 200
    private_keystone.stop()
    caplog.clear()
    # What auth_token has in its cache goes on.
    assert asked(server, known).status_code == 200
    answer = asked(server, unknown)
    assert (answer.status_code, answer.json()["code"]) == (503, "keystone_unavailable")
    logged = warnings(caplog)
    assert len(logged) == 1, logged
    for number in range(3):
        assert asked(server, f"junk {number}").status_code == 503
    assert warnings(caplog) == logged
    assert answer.headers["content-type"].startswith("application/")
    assert httpx.get(f"{server.url}healthz").json()["status"] == "ok"
    private_keystone.start()
    until(lambda: asked(server, unknown).status_code == 200, timeout_s=60)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("", "it names no auth_type"),
        ("auth_type = passwort", "The plugin passwort could not be found"),
        ("auth_type = password\nusername = v", "auth_url"),
        ("auth_type = password\nauth_url = x\npassword = a$ecret", "a value has a $"),
        ("auth_type = password\nauth_url = x\nusernam = v", "unknown option, 'usernam'"),
        ("auth_section = other\n[other]", "section [other] cannot be used: it names no auth_type"),
    ],
)
def test_configuration_that_cannot_be_used(serve, tmp_path, lines, why):
    file = tmp_path / "vifcast.conf"
    file.write_text(f"[keystone_authtoken]\n{lines}\n")
    with pytest.raises(ConfigError) as refused:
        serve("memory://", config_file=file, api__auth="keystone")
    assert why in str(refused.value)
    assert "ecret" not in str(refused.value)
