"""The page Now: whether all is well, figures, charts, and operations as they come."""

import datetime as dt

import httpx
import pytest
from playwright.sync_api import expect
from subscribed import subscribe

from host_reports import make_report
from ledger_events import T0, attach_or_detach, make_event
from vifcast import times
from vifcast.model import FixedIp
from vifcast.subscription.subscription import SubscriptionState
from vifcast.token import Role, new_token

SCRIPT = "<img src=x onerror=\"document.title='broken'\">"
PHONE = {"width": 360, "height": 740}
SECRET = "unable to connect to qemu+ssh://compute-1"


def step(number, at, **about):
    about = {
        "operation_id": f"operation-{number}", "port_id": f"port-{number}",
        "instance_id": f"instance-{number}", "instance_name": f"vm-{number}",
        "fixed_ips": (FixedIp("192.0.2.7", 4, None),),
    } | about  # fmt: skip
    return make_event(occurred_at=at, received_at=at, **about)


def began(number, at, **about):
    return step(number, at, phase="start", **about)


def operation(number, at, took_s=1.5, error_class=None, **about):
    how = {"phase": "end"}
    if error_class is not None:
        how = {"phase": "error", "error_class": error_class, "error_message": SECRET}
    ended_at = at + dt.timedelta(seconds=took_s)
    return [began(number, at, **about), step(number, ended_at, **about, **how)]


def ago(**by):
    return times.now() - dt.timedelta(**by)


@pytest.fixture(scope="module")
def filled(module_serve):
    """A hundred operations of the last hour, some of which failed, one overdue and one running."""
    server = module_serve("memory://")
    for number in range(100):
        at = ago(minutes=55, seconds=-30 * number)
        server.store.write(
            operation(number, at, error_class="PortInUse" if number % 10 == 0 else None), []
        )
    server.store.write([began("overdue", ago(hours=3)), began("running", ago(seconds=5))], [])
    server.store.write(operation("odd", ago(seconds=8), instance_name=SCRIPT,
                                 network_label=SCRIPT, error_class=SCRIPT), [])  # fmt: skip
    age_s = (times.now() - T0).total_seconds()
    hosts = [make_report(host=f"compute-{number}", at_s=age_s - 1) for number in range(3)]
    server.store.write([], [], [*hosts, make_report(host="compute-9", at_s=age_s - 5000)])
    subscribe(server.store, description=SCRIPT, state=SubscriptionState.DISABLED,
              state_reason=f"gone {SCRIPT}")  # fmt: skip
    return server


def row(page, name):
    return page.locator("[data-feed] tr", has=page.get_by_role("link", name=name, exact=True))


def tile(page, title):
    return page.locator(".stats > div", has_text=title).locator("dd")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_is_accessible_and_runs_nothing_that_a_name_holds(filled, open_page, scheme):
    watched = open_page(filled.url, color_scheme=scheme)
    page = watched.page
    expect(page.locator("canvas")).to_have_count(2)
    expect(page.locator("strong", has_text="A compute host is silent")).to_be_visible()
    expect(page.locator("strong", has_text="A subscription is disabled: <img")).to_be_visible()
    assert page.locator("main img").count() == 0
    assert "broken" not in page.title()
    assert watched.violations() == []


def test_page_fits_a_phone(filled, open_page):
    watched = open_page(filled.url, viewport=PHONE)
    expect(watched.page.locator("canvas")).to_have_count(2)
    assert watched.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert watched.violations() == []


def test_figures_are_those_of_the_ledger(filled, open_page):
    page = open_page(filled.url).page
    expect(tile(page, "Succeeded")).to_contain_text("90")
    expect(tile(page, "Failed")).to_contain_text("11")
    expect(tile(page, "Overdue")).to_contain_text("1 running")
    expect(tile(page, "Hosts covered")).to_contain_text("1 silent")
    expect(page.get_by_role("heading", name="Overdue operations")).to_be_visible()


def test_charts_show_the_same_as_their_table(filled, open_page):
    page = open_page(filled.url).page
    page.get_by_text("The same as a table").click()
    rows = page.locator(".numbers tbody tr")
    expect(rows).to_have_count(60)
    sums = [
        sum(int(each) for each in rows.locator(f"td:nth-child({column})").all_inner_texts())
        for column in (2, 3)
    ]
    assert sums == [90, 11]
    page.get_by_role("button", name="a week").click()
    expect(rows).to_have_count(168)
    page.reload()
    expect(page.get_by_role("button", name="a week")).to_have_attribute("aria-pressed", "true")


def test_rates_have_a_value_for_every_step(filled):
    found = httpx.get(f"{filled.url}ui/now/rates", params={"span": "day"}).json()
    assert {len(found[name]) for name in ("at", "succeeded", "failed", "p50_ms", "p95_ms")} == {144}
    assert (sum(found["succeeded"]), sum(found["failed"])) == (90, 11)
    assert max(each for each in found["p95_ms"] if each) == 1500
    assert httpx.get(f"{filled.url}ui/now/rates", params={"span": "year"}).status_code == 422


@pytest.mark.parametrize(
    ("outcome", "names"), [("overdue", ["vm-overdue"]), ("running", ["vm-running"])]
)
def test_operations_are_filtered_by_outcome_without_script(filled, open_page, outcome, names):
    page = open_page(filled.url, java_script_enabled=False).page
    page.get_by_role("link", name=outcome, exact=True).click()
    expect(page.locator("[data-feed] tr")).to_have_count(len(names))
    expect(row(page, names[0])).to_contain_text(outcome)


def test_state_is_sent_again_only_when_it_has_changed(filled, open_page):
    page = open_page(filled.url).page
    state = page.locator("#state")
    expect(tile(page, "Succeeded")).to_contain_text("90")
    path = state.get_attribute("hx-get")
    assert httpx.get(filled.url.rstrip("/") + path).status_code == 204
    assert httpx.get(f"{filled.url}ui/now/state").status_code == 200


def test_an_operation_is_one_row_from_its_start_to_its_end(serve, open_page):
    server = serve("memory://")
    page = open_page(server.url).page
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    server.store.write([began(1, ago(seconds=2))], [])
    expect(row(page, "vm-1")).to_contain_text("running")
    expect(page.get_by_text("Nothing yet.")).to_be_hidden()
    server.store.write([began(2, ago(seconds=1))], [])
    expect(page.locator("[data-feed] tr").first).to_contain_text("vm-2")
    server.store.write([step(1, times.now())], [])
    expect(row(page, "vm-1")).to_contain_text("succeeded")
    failed = step(2, times.now(), phase="error", error_class=SCRIPT, error_message="no")
    server.store.write([failed], [])
    expect(row(page, "vm-2")).to_contain_text(f"{SCRIPT}: no")
    expect(page.locator("[data-feed] tr")).to_have_count(2)
    assert page.locator("main img").count() == 0


def test_list_stands_still_while_it_is_paused_or_read(serve, open_page):
    server = serve("memory://")
    server.store.write([began(1, ago(seconds=2))], [])
    page = open_page(server.url).page
    live = page.locator("[data-live]")
    expect(live).to_have_text("live")
    page.get_by_role("button", name="Pause").click()
    server.store.write([began(2, ago(seconds=1))], [])
    expect(live).to_have_text("paused (+1)")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("[data-feed] tr")).to_have_count(2)
    # What is read changes in place.
    row(page, "vm-1").hover()
    server.store.write([began(3, times.now()), step(1, times.now())], [])
    expect(live).to_have_text("paused (+1)")
    expect(row(page, "vm-1")).to_contain_text("succeeded")
    expect(page.locator("[data-feed] tr")).to_have_count(2)
    page.mouse.move(1, 1)
    expect(page.locator("[data-feed] tr")).to_have_count(3)
    expect(live).to_have_text("live")


def test_list_goes_on_where_it_was_after_a_restart(serve, open_page):
    server = serve("memory://")
    page = open_page(server.url).page
    live = page.locator("[data-live]")
    expect(live).to_have_text("live")
    server.stop()
    expect(live).to_have_text("reconnecting …")
    again = serve("memory://", api__listen=server.url.removeprefix("http://").rstrip("/"))
    again.store.write(operation(1, ago(seconds=3)), [])
    expect(row(page, "vm-1")).to_contain_text("succeeded")
    expect(live).to_have_text("live")


def test_list_is_of_at_most_two_hundred(serve, open_page):
    server = serve("memory://")
    page = open_page(server.url).page
    expect(page.locator("[data-live]")).to_have_text("live")
    at = times.now()
    steps = [dt.timedelta(milliseconds=number) for number in range(300)]
    server.store.write([began(each, at + step) for each, step in enumerate(steps)], [])
    expect(row(page, "vm-299")).to_be_visible()
    expect(page.locator("[data-feed] tr")).to_have_count(200)
    expect(page.locator("[data-feed] tr").first).to_contain_text("vm-299")


def test_tenants_see_what_is_theirs(serve, open_page):
    server = serve("memory://", api__auth="token")
    token, text = new_token("test", Role.READER, "one", times.now(), None)
    server.store.add_token(token)
    for project in ("one", "two"):
        about = {"project_id": project, "compute_host": "compute-1"}
        server.store.write(operation(project, ago(seconds=9), error_class="PortInUse", **about), [])
    server.store.write([began("late", ago(hours=2), project_id="two")], [])
    page = open_page(server.url).page
    page.get_by_label("Token").fill(text)
    page.get_by_role("button", name="Sign in").click()
    expect(row(page, "vm-one")).to_contain_text("PortInUse")
    expect(tile(page, "Failed")).to_contain_text("1")
    expect(page.locator("[data-live]")).to_have_text("live")
    for project in ("two", "one"):
        about = {"project_id": project, "compute_host": "compute-1"}
        server.store.write(
            operation(f"{project}-new", times.now(), error_class="PortInUse", **about), []
        )
    expect(row(page, "vm-one-new")).to_contain_text("PortInUse")
    shown = page.content()
    for each in ("vm-two", "compute-1", SECRET, "Overdue operations", "Hosts covered", "doctor"):
        assert each not in shown
    rates = page.request.get("now/rates?span=day").json()
    assert sum(rates["failed"]) == 2


def test_page_that_nobody_looks_at_holds_no_connection(serve, open_page, until):
    server = serve("memory://")
    page = open_page(server.url).page
    streams = server._streams
    until(lambda: len(streams._open) == 1)
    look_away = (
        "state => { Object.defineProperty(document, 'visibilityState', "
        "{value: state, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    page.evaluate(look_away, "hidden")
    until(lambda: len(streams._open) == 0)
    server.store.write(attach_or_detach(1), [])
    page.evaluate(look_away, "visible")
    # What came meanwhile comes then.
    expect(page.locator("[data-feed] [data-status=succeeded]")).to_have_count(1)
