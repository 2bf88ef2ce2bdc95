"""The hosts page: trouble first, found by state, region and name, kept current while it is open."""

import datetime as dt
import re

import httpx
import pytest
from playwright.sync_api import expect

from host_reports import make_report
from ledger_events import make_event
from vifcast import times
from vifcast.host import Lane, LaneState, Outbox, PluginState
from vifcast.token import Role, new_token

HOUR = dt.timedelta(hours=1)
THOUSANDS = 3000
NASTY = "<img src=x onerror=document.title=1>"


def reported(host, **changes):
    now = times.now()
    about = {"reported_at": now, "received_at": now, "silent_at": now + HOUR, "region": "eu-1"}
    return make_report(host=host, **about | {"lane": lane(LaneState.USED)} | changes)


def lane(state, reason=None):
    return Lane(exchange="vifcast", state=state, reason=reason)


def in_memory():
    return Outbox(
        directory=None, depth=1290, bytes=4_000_000, oldest_age_s=5403.2, sent=5, dropped=7,
        is_direct=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def server(module_serve):
    """One host of every trouble, and thousands without."""
    server = module_serve("memory://")
    reports = [
        reported("bad-off", state=PluginState.OFF, reason=NASTY, outbox=None),
        reported("bad-silent", silent_at=times.now() - HOUR, vifcast_nova="0.0.9"),
        reported("bad-memory", outbox=in_memory(), region="us-1"),
        reported("bad-patched", state=PluginState.HAND_PATCHED),
        reported("bad-lane", lane=lane(LaneState.REFUSED, "no permission"), region="us-1"),
        *(reported(f"compute-{number:04d}") for number in range(THOUSANDS)),
    ]
    for at in range(0, len(reports), 500):
        server.store.write([], [], reports[at : at + 500])
    server.store.write([make_event(compute_host="bad-unreported")], [])
    return server


@pytest.fixture
def client(server):
    with httpx.Client(base_url=f"{server.url}ui/", timeout=60) as client:
        yield client


def names(html):
    return re.findall(r'aria-expanded="\w+">([^<]*)</a>', html)


def test_those_that_need_somebody_come_first_and_the_rest_in_pages(client):
    html = client.get("hosts").text
    assert names(html)[:7] == [
        "bad-off", "bad-silent", "bad-memory", "bad-patched", "bad-unreported", "bad-lane",
        "compute-0000",
    ]  # fmt: skip
    assert len(names(html)) == 100
    following = re.search(r'href="/ui/(hosts\?[^"]*cursor=[^"]*)">Next page', html)[1]
    assert names(client.get(following.replace("&amp;", "&")).text)[0] == "compute-0094"


def test_states_are_counted_and_narrow_the_list(client):
    html = client.get("hosts").text
    for state, number in (("Off", 1), ("Silent", 1), ("Hand-patched", 1), ("Unreported", 1)):
        assert f"{state} <b>{number}</b>" in html
    assert f"Covered <b>{THOUSANDS + 2}</b>" in html
    assert names(client.get("hosts", params={"state": "silent"}).text) == ["bad-silent"]
    of_region = client.get("hosts", params={"region": "us-1"}).text
    assert names(of_region) == ["bad-memory", "bad-lane"]
    assert "Covered <b>2</b>" in of_region
    assert names(client.get("hosts", params={"region": "-"}).text) == ["bad-unreported"]
    assert names(client.get("hosts", params={"name": "E-0042"}).text) == ["compute-0042"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("state=well", "&#39;well&#39; is no state; it is one of covered, silent"),
        ("cursor=x", "is not a cursor"),
        (f"name={'x' * 300}", "parameter name: string should have at most 255 characters"),
    ],
)
def test_bad_question_is_a_page_that_says_so(client, query, sentence):
    answer = client.get(f"hosts?{query}")
    assert answer.status_code == 422
    assert sentence in answer.text


def test_host_is_unfolded_and_says_what_to_do_also_without_script(client):
    html = client.get("hosts", params={"open": ["us-1/bad-memory", "us-1/bad-lane"]}).text
    assert "The directory of the outbox cannot be used" in html
    assert "The outbox was full or too old" in html
    assert "Give Nova's user of RabbitMQ the permission to write to it" in html
    assert "no permission" in html
    assert html.count("Hooked functions") == 2


def test_page_stays_current_without_taking_away_what_somebody_does(server, open_page):
    watched = open_page(server.url, "hosts")
    page = watched.page
    page.clock.install()
    page.reload()
    name = page.get_by_role("link", name="bad-off")
    name.click()
    expect(page.get_by_text("Hooked functions")).to_be_visible()
    expect(page).to_have_url(re.compile(r"open=eu-1%2Fbad-off"))
    # A text of a host is text.
    expect(page.get_by_text(NASTY)).to_be_visible()
    name.focus()
    page.evaluate("window.scrollTo(0, 500)")
    position = page.evaluate("scrollY")
    server.store.write([], [], [reported("bad-off", nova="99.0.0")])
    page.clock.run_for(30_000)
    row = page.get_by_role("row").filter(has=name)
    expect(row).to_contain_text("99.0.0")
    expect(row).to_contain_text("Covered")
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-expanded", "true")
    assert page.evaluate("scrollY") == position
    name.press("Enter")
    expect(page.get_by_text("Hooked functions")).to_be_hidden()
    server.store.write(
        [], [], [reported("bad-off", state=PluginState.OFF, reason=NASTY, outbox=None)]
    )


def test_list_follows_the_filters_as_they_are_typed(server, open_page):
    page = open_page(server.url, "hosts").page
    page.get_by_label("Name").fill("E-0042")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page).to_have_url(re.compile("name=E-0042"))
    page.get_by_label("Region").select_option("us-1")
    expect(page.get_by_text("No host is like that")).to_be_visible()
    page.get_by_role("link", name="Show all hosts").click()
    expect(page.locator("tr[data-row]")).to_have_count(100)


@pytest.mark.parametrize(
    "context",
    [{}, {"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 740}}],
    ids=["light", "dark", "phone"],
)
def test_page_is_for_everybody(server, open_page, context):
    watched = open_page(server.url, "hosts?state=off&open=eu-1/bad-off", **context)
    expect(watched.page.get_by_text("Hooked functions")).to_be_visible()
    assert watched.violations() == []
    width = watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0


def test_nothing_known_says_what_to_do(serve, open_page):
    watched = open_page(serve("memory://").url, "hosts")
    expect(watched.page.get_by_text("No compute host has reported yet")).to_be_visible()
    expect(watched.page.get_by_text("Install vifcast-nova")).to_be_visible()
    assert watched.violations() == []


def test_a_project_sees_no_hosts(serve):
    server = serve("memory://", api__auth="token")
    server.store.write([], [], [reported("compute-1")])
    made, text = new_token("tenant", Role.MEMBER, "one", times.now(), None)
    server.store.add_token(made)
    with httpx.Client(base_url=f"{server.url}ui/", headers={"x-auth-token": text}) as client:
        for path in ("hosts", "hosts?name=compute-1", "hosts?open=/compute-1"):
            refused = client.get(path)
            assert refused.status_code == 403
            assert "vifcast:host:list" in refused.text
            assert "34.0.0" not in refused.text
            assert ">Hosts<" not in refused.text
