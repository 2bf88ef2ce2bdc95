"""The pages of a server and of a port: NICs over time, and what happened."""

import json

import httpx
import pytest
from nics_over_time import SCRIPT, ago, at, operation
from playwright.sync_api import expect

from ledger_events import make_sighting
from notifications import body, interface, payload
from vifcast.model import FixedIp, Nic
from vifcast.notification.interpret import interpret
from vifcast.times import now

PASSWORD = "s3cret-of-novas"


def fill(store):
    """A server with two NICs, one of which is gone, and an attach that failed."""
    failed = {
        "operation_id": "failed",
        "error_class": "PortBindingFailed",
        "error_message": f"Binding failed {SCRIPT}",
        "error_code": 500,
    }
    store.write(
        [
            operation("attach", 9, 1, 1, phase="start"),
            operation("attach", 8.99999, 1, 1, payload={"display_name": SCRIPT}),
            operation("attach", 6, 1, 2, ip="192.0.2.8"),
            operation("detach", 4, 1, 2, ip="192.0.2.8"),
            operation("attach", 3, 1, 3, ip="192.0.2.9", phase="error", **failed),
            make_sighting(
                nics=(Nic(instance_id="server-1", port_id="port-1",
                          fixed_ips=(FixedIp("192.0.2.7", 4, None),)),),
                occurred_at=ago(2), instance_name="web-1",
            ),
        ],
        [],
    )  # fmt: skip
    store.write(
        [
            operation("attach", 5 + number / 1000, 5, number % 250, port_id=f"port-of-{number}",
                      mac_address=f"fa:16:3e:01:{number // 256:02x}:{number % 256:02x}",
                      operation_id=f"busy-{number}", request_id=f"req-busy-{number}")
            for number in range(1000)
        ],
        [],
    )  # fmt: skip


@pytest.fixture(scope="module")
def server(module_serve):
    server = module_serve("memory://")
    fill(server.store)
    return server


def test_server_shows_its_nics_over_time_and_as_of_a_moment(server, open_page):
    watched = open_page(server.url, "servers/server-1")
    page = watched.page
    expect(page.get_by_role("heading", level=1)).to_have_text("web-1")
    assert page.locator("[data-lanes] .lane-name").all_inner_texts() == ["port-2", "port-1"]
    then = page.locator("#then")
    expect(then.get_by_role("listitem")).to_have_count(1)
    page.get_by_label("As of").fill(at(5))
    page.get_by_role("button", name="Show").click()
    expect(then.get_by_role("listitem")).to_have_count(2)
    expect(page).to_have_url(f"{server.url}ui/servers/server-1?at={at(5).replace(':', '%3A')}")
    assert watched.violations() == []


def test_operation_folds_out_to_its_notifications_as_they_came(server, open_page):
    watched = open_page(server.url, "servers/server-1")
    page = watched.page
    row = page.locator(".story > li", has_text="attach").filter(has_text="192.0.2.7").last
    row.locator("summary").first.click()
    expect(row).to_contain_text("req-attach-1-1")
    expect(row).to_contain_text("reported by vifcast-nova")
    row.get_by_text("Notifications as they came").click()
    expect(row.locator(".letter")).to_have_count(2)
    row.locator(".letter summary").last.click()
    expect(row.locator(".letter pre").last).to_have_text(
        json.dumps({"display_name": SCRIPT}, indent=2)
    )
    assert page.locator("main img").count() == 0
    assert watched.violations() == []


def test_failure_is_said_in_words(server, open_page):
    page = open_page(server.url, "servers/server-1").page
    failed = page.locator(".story > li", has_text="failed")
    expect(failed).to_have_count(1)
    expect(failed).to_contain_text(f"PortBindingFailed: Binding failed {SCRIPT}")


def test_notification_of_no_operation_folds_out_too(server, open_page):
    page = open_page(server.url, "ports/port-1").page
    seen = page.locator(".story > li", has_text="port.update.end")
    seen.locator("summary").click()
    expect(seen).to_contain_text("Message id")


def test_notifications_open_without_script(server, open_page):
    page = open_page(server.url, "operations/attach-1-1", java_script_enabled=False).page
    expect(page.locator(".letter")).to_have_count(2)


def test_much_that_happened_comes_in_pages(server, open_page):
    page = open_page(server.url, "servers/server-5").page
    expect(page.locator(".story > li")).to_have_count(25)
    expect(page.locator("[data-lanes] .lane-name")).to_have_count(50)
    first = page.locator(".story time").first.get_attribute("datetime")
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("link", name="Newest")).to_be_visible()
    assert page.locator(".story time").first.get_attribute("datetime") < first
    # Of the NICs, not of the page that is open.
    href = page.get_by_role("link", name="JSON").last.get_attribute("href")
    found = httpx.get(f"{server.url.rstrip('/')}{href}", timeout=60).json()
    assert len(found["items"]) == 1000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_a_phone_and_has_no_violation(server, open_page, scheme):
    watched = open_page(
        server.url, "ports/port-1", color_scheme=scheme, viewport={"width": 360, "height": 740}
    )
    watched.page.locator(".story summary").first.click()
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert watched.violations() == []


@pytest.mark.parametrize("path", ["servers/none", "ports/none", "operations/none", "events/99999"])
def test_of_what_nobody_knows_there_is_no_page(server, path):
    answer = httpx.get(f"{server.url}ui/{path}", timeout=60)
    assert answer.status_code == 404
    assert "nothing is known of" in answer.text or "there is no event 99999" in answer.text


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("at=noon", 422, "is not a time"),
        ("from=1h", 200, "Nothing happened in this time."),
        ("cursor=x", 422, "is not a cursor"),
    ],
)
def test_mistakes_and_empty_times_are_said(server, query, status, words):
    answer = httpx.get(f"{server.url}ui/servers/server-1?{query}", timeout=60)
    assert answer.status_code == status
    assert words in answer.text


def test_secrets_of_a_payload_are_blanked(serve):
    server = serve("memory://")
    sent = payload(interface=interface(), metadata={"admin_pass": PASSWORD}, password=PASSWORD)
    event = interpret(body("compute.instance.interface_attach.end", payload=sent), now(), 1 << 20)
    server.store.write([event], [])
    html = httpx.get(f"{server.url}ui/events/1", timeout=60).text
    assert "metadata" in html
    assert PASSWORD not in html
