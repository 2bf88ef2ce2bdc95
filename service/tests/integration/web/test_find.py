"""Find: who had an address, in lanes, at a moment, as text and as files."""

import csv
import io
import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from nics_over_time import SCRIPT, ago, at, operation
from playwright.sync_api import expect

from ledger_events import make_sighting
from vifcast.gap import Gap, GapNote, GapReason
from vifcast.model import FixedIp, Nic, Source

IP = "192.0.2.7"
UUID_OF_SERVER = "5c2dea1e-9b1f-4c3a-8d0e-0fa3c7b4e211"
UUID_OF_PORT = "0b7c4a52-61de-4f0b-9a37-d2f1e8c6a905"


def fill(store):
    """An address of five servers: two at once, one since before anybody listened."""
    elsewhere = Nic(
        instance_id="server-9", port_id="port-9", mac_address="fa:16:3e:00:00:09",
        network_id="network-2", network_label="other", fixed_ips=(FixedIp(IP, 4, None),),
    )  # fmt: skip
    store.write(
        [
            operation("attach", 30, 1, 1),
            operation("detach", 21, 1, 1),
            operation("attach", 20, 2, 2),
            operation("detach", 12, 2, 2),
            operation("attach", 14, 3, 3),
            operation("detach", 9, 3, 3),
            operation("attach", 8, 5, 5),
            operation("attach", 7, 8, 8, ip="198.51.100.77", instance_id=UUID_OF_SERVER,
                      port_id=UUID_OF_PORT),
            make_sighting(nics=(elsewhere,), occurred_at=ago(29), instance_name=IP),
            operation("attach", 1, 6, 6, ip="192.0.2.8", instance_name=SCRIPT, network_label=SCRIPT,
                      network_id="network-3", compute_host=SCRIPT),
        ],
        [],
    )  # fmt: skip
    store.write(
        [
            operation("attach", 2 + number / 5000, 7, number % 250, ip=f"198.51.100.{number % 250}",
                      port_id=f"many-{number}", instance_id=f"many-{number}", network_label="many",
                      mac_address=f"fa:16:3e:01:{number // 256:02x}:{number % 256:02x}",
                      network_id="network-many", operation_id=f"many-{number}")
            for number in range(2000)
        ],
        [],
    )  # fmt: skip
    gap = Gap(
        from_at=ago(16), to_at=ago(15), reason=GapReason.DISCONNECTED,
        sources=(Source.VIFCAST_NOVA,), hosts=None, detail="the connection was lost <b>",
    )  # fmt: skip
    store.keep_gaps("vifcast", [GapNote("gap", gap)], {})


@pytest.fixture(scope="module")
def server(module_serve):
    server = module_serve("memory://")
    fill(server.store)
    return server


@pytest.fixture
def client(server):
    with httpx.Client(base_url=f"{server.url}ui/", timeout=60) as client:
        yield client


def names_of(page):
    return page.locator("[data-lanes] .lane-name").all_inner_texts()


def test_address_is_shown_as_lanes_with_what_is_uncertain_missing_or_twice(server, open_page):
    watched = open_page(server.url, f"find?q={IP}")
    page = watched.page
    expect(page.get_by_role("heading", level=2).first).to_contain_text("IP address")
    assert names_of(page) == ["web-5", "web-3", "web-2", IP, "web-1"]
    lanes = page.locator("[data-lanes]")
    # Only the one that nobody saw begin.
    expect(lanes.locator(".uncertain")).to_have_count(1)
    expect(lanes.locator(".certain")).to_have_count(5)
    expect(lanes.locator(".gap")).to_have_count(5)
    expect(lanes.locator(".conflict")).to_have_count(2)
    expect(page.get_by_role("alert")).to_contain_text("Conflict: web-3 and web-2 both had it from")
    for words in ("not reported", "notifications may be missing", "two at once"):
        expect(page.locator(".legend")).to_contain_text(words)
    assert watched.violations() == []


def test_each_meaning_of_a_text_is_offered_with_how_much_it_finds(server, open_page):
    page = open_page(server.url, f"find?q={IP}").page
    meanings = page.get_by_role("navigation", name="Meanings")
    assert meanings.get_by_role("link").all_inner_texts() == ["IP address (5)", "server name (1)"]
    meanings.get_by_role("link", name="server name (1)").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("server name")
    assert names_of(page) == [IP]


def test_slider_moves_the_moment_with_the_keyboard_and_the_address_is_a_link_to_it(
    server, open_page
):
    page = open_page(server.url, f"find?q={IP}").page
    then = page.locator("#then")
    expect(then.get_by_role("heading")).to_have_text("Now")
    expect(then).to_contain_text("Server web-5 has it")
    # No conflict: they are in two networks.
    expect(then).to_contain_text("this is no conflict")
    page.get_by_label("Moment").focus()
    page.keyboard.press("Home")
    expect(then).to_contain_text(f"Server {IP} had it")
    expect(then).to_contain_text("likely, not reported")
    expect(then).not_to_contain_text("web-")
    expect(page).to_have_url(re.compile("at="))
    page.reload()
    expect(then).to_contain_text("likely, not reported")
    assert float(page.locator(".marker").first.get_attribute("x1")) < 1


@pytest.mark.parametrize("spell", [str.upper, lambda text: text.replace("-", "")])
@pytest.mark.parametrize("text", [UUID_OF_SERVER, UUID_OF_PORT])
def test_uuid_is_found_in_every_spelling(server, text, spell):
    page = httpx.get(f"{server.url}ui/find", params={"q": spell(text)}, timeout=60)
    assert "198.51.100.77" in page.text
    saved = httpx.get(
        f"{server.url}ui/find.json",
        params={"q": spell(text), "kind": "port" if text == UUID_OF_PORT else "instance"},
        timeout=60,
    )
    assert [each["port_id"] for each in saved.json()["items"]] == [UUID_OF_PORT]


def test_buttons_go_from_change_to_change(server, open_page):
    page = open_page(server.url, f"find?q={IP}&at={at(13)}").page
    then = page.locator("#then")
    expect(then).to_contain_text("Conflict: more than one had it")
    page.get_by_role("button", name="Next change").click()
    expect(then).not_to_contain_text("web-2")
    expect(then).to_contain_text("Server web-3 had it")
    expect(page.get_by_label("As of")).to_have_value(at(12))
    page.get_by_role("button", name="Previous change").click()
    expect(page.get_by_label("As of")).to_have_value(at(14))
    expect(then).to_contain_text("Server web-2 had it")
    expect(page.locator("tr.then")).to_have_count(3)


def test_moment_can_be_typed_without_script(server, open_page):
    page = open_page(server.url, f"find?q={IP}", java_script_enabled=False).page
    page.get_by_label("As of").fill(at(25))
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#then")).to_contain_text("Server web-1 had it")
    expect(page.locator("#then")).to_contain_text("on compute-1")


def test_two_clicks_lead_from_any_page_to_a_nic(server, open_page):
    page = open_page(server.url).page
    page.keyboard.press("/")
    page.keyboard.type("fa:16:3e:00:00:05")
    page.keyboard.press("Enter")
    page.locator("[data-lanes]").get_by_role("link", name="port-5").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Port")
    expect(page.locator("main")).to_contain_text("port-5")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 2560])
def test_page_fits_and_has_no_violation(server, open_page, scheme, width):
    watched = open_page(
        server.url,
        f"find?q={IP}&at={at(13)}",
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
    )
    expect(watched.page.locator("#then")).to_contain_text("web-2")
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert watched.violations() == []


def test_names_are_shown_as_they_are_and_run_nothing(server, open_page):
    page = open_page(server.url, "find?q=192.0.2.8").page
    expect(page.locator("[data-lanes] .lane-name")).to_have_text(SCRIPT)
    expect(page.locator("#then")).to_contain_text(f"on {SCRIPT}")
    page.get_by_label("As of").fill(f"{SCRIPT}")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_contain_text("is not a time")
    assert page.locator("main img").count() == 0
    assert page.title() != "1"


def test_text_to_copy_says_the_same(server, open_page):
    page = open_page(server.url, f"find?q={IP}").page
    lines = page.locator("#all-text").text_content().strip().splitlines()
    assert len(lines) == 5
    assert lines[0].startswith(ago(8).strftime("%Y-%m-%d %H:%M:%S"))
    assert " now  web-5 (server-5)  port-5  fa:16:3e:00:00:05  192.0.2.7  private" in lines[0]
    assert lines[3].startswith("before ")


def test_files_hold_what_the_page_shows(server, client, open_page):
    page = open_page(server.url, f"find?q={IP}&at={at(13)}").page
    of_moment, of_all = (
        [urlsplit(each.get_attribute("href")).query for each in page.get_by_text(name).all()]
        for name in ("JSON", "CSV")
    )
    assert parse_qs(of_moment[0])["at"] == [at(13)]
    then = client.get(f"find.json?{of_moment[0]}").json()
    assert [each["instance_id"] for each in then["items"]] == ["server-3", "server-2", "server-9"]
    saved = client.get(f"find.csv?{of_all[1]}")
    assert saved.headers["content-disposition"] == 'attachment; filename="vifcast-nics.csv"'
    rows = list(csv.DictReader(io.StringIO(saved.text)))
    assert [each["instance_name"] for each in rows] == ["web-5", "web-3", "web-2", IP, "web-1"]
    api = httpx.get(f"{server.url}v1/attachments", params={"ip": IP}, timeout=60).json()
    assert client.get(f"find.json?{of_all[1]}").json() == api


def test_of_thousands_a_page_is_shown_and_the_next_is_a_click_away(server, open_page):
    page = open_page(server.url, "find?q=many").page
    expect(page.get_by_text("network", exact=True)).to_be_visible()
    expect(page.locator("main tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("link", name="Newest")).to_be_visible()
    expect(page.locator("main tbody tr")).to_have_count(50)
    assert page.evaluate("performance.getEntriesByType('navigation')[0].transferSize") < 200_000


def test_rows_are_reached_by_arrows_and_opened_by_enter(server, open_page):
    page = open_page(server.url, "find?q=many").page
    page.keyboard.press("Escape")
    page.locator("main h1").click()
    page.keyboard.press("ArrowDown")
    expect(page.locator("main tbody tr").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/ui/servers/many-*")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Type an IP or MAC address"),
        ("q=nothing", "Nothing is known of nothing."),
        ("q=nothing", "vifcast reconcile --cloud NAME --fix"),
        ("q=192.0.2.99&at={at}", "Something may be missing at that moment"),
        (
            "q=192.0.2.8&from=2020-01-01T00:00Z&until=2020-01-02T00:00Z",
            "There is something at other",
        ),
        (f"q={IP}&from=2020-01-01T00:00Z&until=2020-01-02T00:00Z", "not reported"),
        (f"q={IP}&from=7d", "web-5"),
        ("q=server-2&kind=instance", "port-2"),
        ("q=compute-2", "compute host"),
        (f"q={IP}&at={{at}}", "the connection was lost &lt;b&gt;"),
    ],
)
def test_answer_says_what_is_known_or_why_nothing_is(client, query, words):
    answer = client.get(f"find?{query.format(at=at(15.5))}")
    assert answer.status_code == 200
    assert words in answer.text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (f"q={IP}&at=noon", "is not a time"),
        (f"q={IP}&from=1h&until=2h", "is not before"),
        (f"q={IP}&at=0001-01-01T00:00Z", "is no moment of a cloud"),
        ("q=vm&kind=ip", "is not an IP address"),
        (f"q={IP}&cursor=x", "is not a cursor"),
    ],
)
def test_mistake_is_said_beside_what_was_typed(client, query, words):
    answer = client.get(f"find?{query}")
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{parse_qs(query)["q"][0]}"' in answer.text


def test_failed_attach_is_found_though_nothing_was_attached(serve, open_page):
    server = serve("memory://")
    error = {"error_class": "PortBindingFailed", "error_message": f"Binding failed {SCRIPT}"}
    server.store.write([operation("attach", 1, 1, 1, phase="error", **error)], [])
    page = open_page(server.url, "find?q=fa-16-3e-00-00-01").page
    expect(page.locator("main")).to_contain_text("was ever attached, as far as is known")
    expect(page.locator("main tbody")).to_contain_text(
        f"PortBindingFailed: Binding failed {SCRIPT}"
    )
