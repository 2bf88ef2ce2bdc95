"""Browsers sign in, stay signed in while they are used, and leave nothing to steal."""

import datetime as dt
import re

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from vifcast import times
from vifcast.store import WebSessions
from vifcast.token import Role, new_token
from vifcast.web import sessions

PAST = "vifcast_session"


@pytest.fixture(scope="module")
def server(module_serve):
    return module_serve("memory://", api__auth="token", api__session_idle_s=600)


@pytest.fixture(scope="module")
def token(server):
    made, text = new_token(
        "test", created_at=times.now(), role=Role.ADMIN, project_id=None, expires_at=None
    )
    server.store.add_token(made)
    return text


@pytest.fixture
def client(server):
    with httpx.Client(base_url=f"{server.url}ui/", timeout=60) as client:
        yield client


def csrf_in(html):
    return re.search(r'name="csrf" value="(\w+)"', html)[1]


def sign_in(client, token, **fields):
    csrf = csrf_in(client.get("sign-in").text)
    return client.post("sign-in", data={"csrf": csrf, "token": token} | fields)


def test_browser_signs_in_and_out_and_the_pages_in_between_open(server, token, open_page):
    watched = open_page(server.url, "find?q=192.0.2.7")
    page = watched.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert watched.violations() == []
    page.get_by_label("Token").fill("vfc_wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("the token is unknown")
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    # Where the person wanted to go.
    page.wait_for_url("**/ui/find?q=192.0.2.7")
    (cookie,) = [each for each in watched.context.cookies() if each["name"] == PAST]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/ui/")
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto("")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_session_of_a_browser_ends_when_it_signs_out(client, token):
    assert sign_in(client, token).status_code == 303
    assert client.get("").status_code == 200
    kept = client.cookies[PAST]
    csrf = csrf_in(client.get("").text)
    assert client.post("sign-out", data={"csrf": csrf}).status_code == 303
    client.cookies.set(PAST, kept, path="/ui/")
    assert client.get("").status_code == 303


def test_signing_in_gives_the_browser_another_secret(client, token):
    planted = "a" * 43
    client.cookies.set(PAST, planted, domain="127.0.0.1", path="/ui/")
    csrf = csrf_in(client.get("sign-in").text)
    answer = client.post("sign-in", data={"csrf": csrf, "token": token})
    assert answer.cookies[PAST] != planted


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/x", "\\\\evil", "a:b", "../../v1"]
)
def test_signing_in_never_leads_to_another_site(client, token, to):
    assert sign_in(client, token, next=to).headers["location"] == "/ui/"


def test_signing_in_leads_to_the_page_with_its_query(client, token):
    wanted = "find?q=fa:16:3e:00:00:01&kind=mac"
    assert sign_in(client, token, next=wanted).headers["location"] == f"/ui/{wanted}"


@pytest.mark.parametrize("csrf", [None, "", "0" * 64])
@pytest.mark.parametrize("path", ["sign-in", "sign-out", "language"])
def test_forms_of_other_sites_are_refused(client, path, csrf):
    client.get("sign-in")
    data = {"language": "en"} | ({} if csrf is None else {"csrf": csrf})
    answer = client.post(path, data=data)
    assert answer.status_code == 403
    assert "was not sent by a page of vifcast" in answer.text


def test_form_of_one_browser_does_not_work_in_another(client, server):
    csrf = csrf_in(client.get("sign-in").text)
    with httpx.Client(base_url=f"{server.url}ui/", timeout=60) as other:
        other.get("sign-in")
        assert other.post("language", data={"csrf": csrf, "language": "en"}).status_code == 403


def test_session_means_nothing_to_the_api(client, server, token):
    sign_in(client, token)
    cookies = {PAST: client.cookies[PAST]}
    assert httpx.get(f"{server.url}v1/events", cookies=cookies).status_code == 401


def test_session_that_was_not_used_for_long_has_ended(client, token, monkeypatch):
    sign_in(client, token)
    now = times.now()
    monkeypatch.setattr(sessions.times, "now", lambda: now + dt.timedelta(seconds=590))
    # A page that was left open asks, and that is no use.
    assert client.get("", headers={"X-Background": "1"}).status_code == 200
    monkeypatch.setattr(sessions.times, "now", lambda: now + dt.timedelta(seconds=601))
    assert client.get("").headers["location"] == "/ui/sign-in"


def test_session_that_is_used_goes_on_until_the_longest_time(
    client, server, token, monkeypatch, until
):
    sign_in(client, token)
    now = times.now()
    kept = WebSessions(server.store)
    session = sessions._digest(client.cookies[PAST])
    for passed_s in range(550, 43_000, 550):
        at = now + dt.timedelta(seconds=passed_s)
        monkeypatch.setattr(sessions.times, "now", lambda at=at: at)
        assert client.get("").status_code == 200
        # It is noted behind the answer.
        until(lambda at=at: kept.get(session).seen_at == at)
    monkeypatch.setattr(sessions.times, "now", lambda: now + dt.timedelta(seconds=43_300))
    assert client.get("").status_code == 303


def test_part_of_a_page_sends_the_whole_page_to_sign_in(client):
    answer = client.get("", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/ui/sign-in")


def test_person_is_led_back_to_the_page_of_a_form_or_a_part(client, server):
    page = f"{server.url}ui/find?q=192.0.2.7"
    part = client.get("now/state", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert part.headers["hx-redirect"] == "/ui/sign-in?next=find%3Fq%3D192.0.2.7"
    form = client.post("subscriptions/new", headers={"Referer": page})
    assert form.headers["location"] == "/ui/sign-in?next=find%3Fq%3D192.0.2.7"


def test_address_without_the_slash_leads_to_the_pages(server):
    answer = httpx.get(f"{server.url}ui", timeout=60)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/")


def test_signed_in_browser_reads_from_a_database_that_nobody_can_write(
    client, server, token, monkeypatch
):
    sign_in(client, token)
    now = times.now()
    monkeypatch.setattr(sessions.times, "now", lambda: now + dt.timedelta(seconds=100))
    with server.store.writing():
        # The use of the session is to be noted, and cannot be while somebody else writes.
        assert client.get("").status_code == 200


def test_token_that_is_revoked_ends_its_sessions(client, server, until):
    made, text = new_token(
        "short", created_at=times.now(), role=Role.READER, project_id=None, expires_at=None
    )
    server.store.add_token(made)
    sign_in(client, text)
    assert client.get("").status_code == 200
    server.store.revoke_token(made.id, times.now())
    until(lambda: client.get("").status_code == 303)


def test_database_holds_neither_the_cookie_nor_the_token(client, server, token):
    sign_in(client, token)
    with server.store.reading() as connection:
        kept = str(connection.execute(sa.text("SELECT * FROM web_session")).all())
    assert kept.count("(") > 1
    assert token not in kept
    assert client.cookies[PAST] not in kept


def test_who_is_signed_in_is_not_asked_by_http_basic(client):
    assert "www-authenticate" not in client.get("").headers


def test_without_authentication_there_is_nothing_to_sign_in_to(serve, open_page):
    watched = open_page(serve("memory://").url)
    expect(watched.page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    watched.page.locator(".menu summary").click()
    expect(watched.page.get_by_role("button", name="Sign out")).to_have_count(0)
