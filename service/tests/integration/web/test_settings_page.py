"""The settings page: how vifcast is set up and what runs, and no secret."""

import datetime as dt
import re

import httpx
import pytest
from playwright.sync_api import expect

from ledger_events import make_event
from vifcast import times
from vifcast.process import Process
from vifcast.process import Role as ProcessRole
from vifcast.token import Role, new_token

SECRET = "s3cret-w0rd"
NASTY = "<img src=x onerror=document.title=1>"
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def server(module_serve):
    server = module_serve(
        f"rabbit://nova:{SECRET}@127.0.0.1:1/",
        api__auth="token",
        api__session_idle_s="1800",
        delivery__proxy=f"http://vifcast:{SECRET}@proxy.example:3128",
        delivery__encryption_keys="",
        retention__dead_letters_days="45",
    )
    now = times.now()
    server.store.write([make_event()], [])
    server.store.keep_process(
        Process(
            id="gone", role=ProcessRole.DELIVER, host=NASTY, pid=7, version="0.0.9",
            started_at=now - DAY / 2, seen_at=now - DAY / 4, interval_s=10, url=None, brokers=(),
        )
    )  # fmt: skip
    return server


@pytest.fixture(scope="module")
def tokens(server):
    """By name: the text of each."""
    made = {}
    for name, role, project, expires_at in (
        ("admin", Role.ADMIN, None, None),
        ("reader", Role.READER, None, None),
        ("tenant", Role.MEMBER, "one", None),
        (NASTY, Role.READER, "two", times.now() - DAY),
    ):
        token, made[name] = new_token(name, role, project, times.now(), expires_at)
        server.store.add_token(token)
    return made


def shown_to(server, token):
    return httpx.get(f"{server.url}ui/settings", headers={"x-auth-token": token}, timeout=60)


def row(html, text):
    return next(each for each in re.findall(r"<tr.*?</tr>", html, re.DOTALL) if text in each)


def test_what_runs_and_how_it_is_set_up(server, tokens, until):
    until(lambda: any(each.brokers for each in server.store.processes()))
    html = shown_to(server, tokens["admin"]).text
    assert "rabbit://" not in html
    assert "127.0.0.1:1" in row(html, "is not read")
    assert "lets in" in row(html, ">admin<")
    assert "expired" in row(html, ">two<")
    assert "&lt;img src=x" in row(html, ">two<")
    assert "silent" in row(html, "0.0.9")
    assert ">1<" in row(html, ">vifcast-nova<")
    assert "never" in row(html, ">neutron<")
    for value, option in (
        ("45 days", "dead_letters_days"),
        ("for ever", "events_days"),
        ("30 min", "session_idle_s"),
        ("http://proxy.example:3128", "proxy"),
        ("tokens of vifcast", "auth"),
        (str(server.store.location), "connection"),
    ):
        assert f'<span>{value}</span> <code class="option">{option}</code>' in html
    assert "SQLite" in html


def test_no_secret_is_on_the_page(server, tokens):
    html = shown_to(server, tokens["admin"]).text
    assert SECRET not in html
    for each in server.store.tokens():
        assert each.secret_sha256 not in html
    for text in tokens.values():
        assert text not in html
        assert text.rpartition("_")[2] not in html


def test_who_sees_the_settings_and_who_the_tokens(server, tokens):
    assert shown_to(server, tokens["tenant"]).status_code == 403
    html = shown_to(server, tokens["reader"]).text
    assert "Sources heard" in html
    assert "vifcast token create" not in html
    assert "data-token" not in html


@pytest.mark.parametrize(
    "context",
    [{}, {"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 740}}],
    ids=["light", "dark", "phone"],
)
def test_page_is_for_everybody(server, tokens, open_page, context):
    token = {"extra_http_headers": {"x-auth-token": tokens["admin"]}}
    watched = open_page(server.url, "settings", **token, **context)
    expect(watched.page.get_by_role("heading", name="Tokens")).to_be_visible()
    assert watched.violations() == []
    width = watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
