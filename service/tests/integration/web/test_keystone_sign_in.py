"""People sign in with their OpenStack user, through a real Keystone."""

import pytest
from playwright.sync_api import expect

from ledger_events import make_event
from vifcast.identity.signing_in import KeystoneSignIn


@pytest.fixture(scope="module")
def project(keystone):
    return keystone.create_project()


@pytest.fixture(scope="module")
def server(module_serve, keystone, project, tmp_path_factory):
    of = keystone.create_project()
    options = keystone.authtoken_options(keystone.create_user("service", scope=of), of)
    options |= {"token_cache_time": -1}
    file = tmp_path_factory.mktemp("conf") / "vifcast.conf"
    lines = [f"{name} = {value}" for name, value in options.items()]
    file.write_text("\n".join(["[keystone_authtoken]", *lines, ""]))
    server = module_serve("memory://", config_file=file, api__auth="keystone")
    server.store.write([make_event(project_id=project.id, operation_id="o1")], [])
    return server


def fill(page, user, scope, password=None):
    page.get_by_label("User name").fill(user.name)
    page.get_by_label("Password").fill(password or user.password)
    if scope == "system":
        page.get_by_label("the whole cloud").check()
    else:
        page.get_by_label("Project", exact=True).fill(scope.name)
    page.get_by_role("button", name="Sign in").click()


def test_user_of_a_project_signs_in_and_out(server, keystone, project, open_page):
    user = keystone.create_user("member", scope=project)
    watched = open_page(server.url)
    page = watched.page
    assert watched.violations() == []
    fill(page, user, project, password="wrong")
    expect(page.get_by_role("alert")).to_contain_text("Keystone knows no such user")
    expect(page.get_by_label("User name")).to_have_value(user.name)
    expect(page.get_by_label("Password")).to_have_value("")
    fill(page, user, project)
    expect(page.locator(".who")).to_have_text(f"{user.name} · {project.name}")
    # A project's user sees no hosts and no dead letters.
    expect(page.get_by_role("link", name="Hosts", exact=True)).to_have_count(0)
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_user_of_the_system_sees_the_pages_of_the_cloud(server, keystone, open_page):
    user = keystone.create_user("reader", scope="system")
    page = open_page(server.url).page
    fill(page, user, "system")
    expect(page.locator(".who")).to_have_text(user.name)
    expect(page.get_by_role("link", name="Hosts", exact=True)).to_be_visible()


def test_signing_out_ends_keystones_token(server, keystone, project, open_page, monkeypatch):
    given = []
    issue = KeystoneSignIn.token
    monkeypatch.setattr(
        KeystoneSignIn,
        "token",
        lambda self, asked: given.append(issue(self, asked)) or given[-1],
    )
    page = open_page(server.url).page
    fill(page, keystone.create_user("member", scope=project), project)
    expect(page.locator(".who")).to_contain_text(project.name)
    assert keystone.validate(given[0]) is not None
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert keystone.validate(given[0]) is None


def test_keystone_that_does_not_answer_is_named(serve, tmp_path, open_page):
    file = tmp_path / "vifcast.conf"
    file.write_text(
        "[keystone_authtoken]\nauth_type = password\nauth_url = http://127.0.0.1:1/v3\n"
        "username = vifcast\npassword = x\nproject_name = service\nuser_domain_id = default\n"
        "project_domain_id = default\nwww_authenticate_uri = http://127.0.0.1:1/v3\n"
    )
    page = open_page(serve("memory://", config_file=file, api__auth="keystone").url).page
    page.get_by_label("User name").fill("anna")
    page.get_by_label("Password").fill("secret")
    page.get_by_label("Project", exact=True).fill("demo")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Keystone does not answer")
