"""Dead letters on the pages: why they could not be read, and what is done with them."""

import datetime as dt
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from ledger_events import make_letter
from notifications import CATALOG_URL, TOKEN
from notifications import body as make_body
from vifcast import times
from vifcast.bus.deliveries import ReceivedMessage
from vifcast.ingest.batch import sort_batch
from vifcast.store import DeadLetterQuery
from vifcast.token import Role, new_token
from vifcast.web.pages import dead_letter_actions

NASTY = "<img src=x onerror=document.title=1>"
DAY = dt.timedelta(days=1)


def letter(number, **changes):
    of_it = {"sha256": f"{number:064d}", "received_at": times.now() - DAY}
    return make_letter(changes.pop("body", b"{"), **of_it | changes)


@pytest.fixture
def server(serve):
    return serve("memory://")


@pytest.fixture
def client(server):
    with httpx.Client(base_url=f"{server.url}ui/", timeout=60) as client:
        yield client


def csrf(client):
    return re.search(r'name="csrf" value="(\w+)"', client.get("dead-letters").text)[1]


def test_letters_are_counted_and_explained_by_reason(server, open_page):
    letters = [letter(number, reason=NASTY, routing_key=NASTY) for number in range(60)]
    server.store.write([], [*letters, letter(99, reason_code="too_large", broker="eu<1>")])
    watched = open_page(server.url, "dead-letters")
    page = watched.page
    reason = page.get_by_role("row").filter(has=page.get_by_role("link", name="not_json"))
    expect(reason).to_contain_text("60")
    expect(reason).to_contain_text("The body is no JSON, or was cut off.")
    rows = page.locator("tr[data-row]")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text("too_large")
    reason.get_by_role("link").click()
    expect(rows.first).to_contain_text(NASTY)
    page.get_by_role("link", name="Older").click()
    expect(rows).to_have_count(10)
    rows.last.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dead letter 1")
    expect(page.get_by_text(NASTY).first).to_be_visible()
    assert watched.violations() == []


def test_body_shows_no_secret(server, client, open_page):
    body = make_body(_context_request_id=7, _context_auth_token=TOKEN).replace(
        b"vm-1", NASTY.encode()
    )
    found = sort_batch(
        [ReceivedMessage(1, body, "notifications.info")], times.now(), server.settings.brokers[0]
    )
    server.store.write([], found.dead_letters)
    html = client.get("dead-letters/1").text
    assert "request_id_invalid" in html
    assert "compute.instance.interface_attach.end" in html
    assert TOKEN not in html
    assert CATALOG_URL not in html
    page = open_page(server.url, "dead-letters/1").page
    expect(page.locator("pre").first).to_contain_text('"_context_auth_token": "***"')
    expect(page.locator("pre").first).to_contain_text(NASTY)


def test_bytes_that_are_no_text_are_shown_as_such(server, client):
    server.store.write([], [letter(1, body=bytes(range(256)) * 20), letter(2, body=b"")])
    html = client.get("dead-letters/1").text
    assert "000040  40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f  @ABCDEFGHIJKLMNO" in html
    assert "1024 more bytes are not shown" in html
    assert "Nothing of its body was kept" in client.get("dead-letters/2").text


@pytest.mark.parametrize("path", ["9", "9" * 30, "nine", "-1"])
def test_letter_that_is_not_there(client, path):
    answer = client.get(f"dead-letters/{path}")
    assert answer.status_code in {404, 422}
    assert "<h1>" in answer.text
    for action in ("retry", "purge"):
        assert client.get(f"dead-letters/{action}?letter=9").status_code == 404
        sent = {"csrf": csrf(client), "letter": "9"}
        assert client.post(f"dead-letters/{action}", data=sent).status_code == 404


def test_letter_is_read_again_once_somebody_says_so(server, open_page):
    server.store.write([], [letter(1, body=make_body()), letter(2)])
    watched = open_page(server.url, "dead-letters/1")
    page = watched.page
    page.get_by_role("link", name="Read again").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Read dead letter 1 again?")
    assert watched.violations() == []
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert server.store.last_event_id() == 0
    page.get_by_role("link", name="Read again").click()
    dialog.get_by_role("button", name="Read again").click()
    expect(page.locator("#result")).to_contain_text("1 was understood and stored.")
    assert server.store.last_event_id() == 1
    page.goto("dead-letters/2")
    page.get_by_role("link", name="Read again").click()
    dialog.get_by_role("button", name="Read again").click()
    expect(page.locator("#result")).to_contain_text("1 still cannot be understood, and stays.")
    expect(page.locator("#result")).to_contain_text("the body is not JSON")
    assert watched.violations() == []


def test_all_of_a_reason_are_read_again_some_at_a_time(server, open_page, monkeypatch):
    monkeypatch.setattr(dead_letter_actions, "_RETRY_AT_ONCE", 20)
    bodies = [make_body(message_id=f"m-{number}") for number in range(30)]
    server.store.write(
        [],
        [
            *(letter(number, body=body) for number, body in enumerate(bodies)),
            *(letter(100 + number) for number in range(25)),
            letter(999, reason_code="too_large"),
        ],
    )
    page = open_page(server.url, "dead-letters?reason=not_json").page
    page.get_by_role("link", name="Read these again").click()
    expect(page.get_by_role("dialog")).to_contain_text("Read 55 dead letters again?")
    page.get_by_role("button", name="Read again").click()
    result = page.locator("#result")
    expect(result).to_contain_text("Dead letters were read again")
    expect(result).to_contain_text("30 were understood and stored.")
    expect(result).to_contain_text("25 still cannot be understood, and stay.")
    assert server.store.dead_letters_by_reason() == {"not_json": 25, "too_large": 1}


def test_old_ones_and_those_of_a_reason_are_removed(server, open_page, monkeypatch):
    monkeypatch.setattr(dead_letter_actions, "_PURGE_AT_ONCE", 20)
    old = times.now() - 40 * DAY
    server.store.write(
        [],
        [
            *(letter(number, received_at=old) for number in range(50)),
            *(letter(100 + number, reason_code="too_large") for number in range(3)),
        ],
    )
    watched = open_page(server.url, "dead-letters")
    page = watched.page
    page.get_by_role("link", name="Remove old ones").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("That is 50 dead letters.")
    dialog.get_by_label("Older than so many days").fill("50")
    expect(dialog).to_contain_text("That is 0 dead letters.")
    dialog.get_by_label("Older than so many days").fill("35")
    expect(dialog).to_contain_text("That is 50 dead letters.")
    dialog.get_by_role("button", name="Remove").click()
    expect(page.locator("h1")).to_have_text("50 dead letters are removed")
    page.goto("dead-letters?reason=too_large")
    page.get_by_role("link", name="Remove these").click()
    expect(dialog).to_contain_text("Remove 3 dead letters with the reason too_large?")
    dialog.get_by_role("button", name="Remove").click()
    expect(page.locator("h1")).to_have_text("3 dead letters are removed")
    page.get_by_role("link", name="To the dead letters").click()
    expect(page.get_by_text("No dead letters")).to_be_visible()
    assert watched.violations() == []


def test_without_script_a_page_asks(server, open_page):
    server.store.write([], [letter(1)])
    page = open_page(server.url, "dead-letters/1", java_script_enabled=False).page
    page.get_by_role("link", name="Remove").click()
    expect(page.get_by_role("heading", name="Remove dead letter 1?")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("h1")).to_have_text("Dead letter 1 is removed")
    assert server.store.dead_letter(1) is None


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "give a reason, or how many days old"),
        ({"days": "-1"}, "days"),
        ({"letter": "1", "days": "5"}, "a letter, or how many days old"),
        ({"reason": "a\x00"}, "control character"),
    ],
)
def test_form_that_says_not_what_to_remove_removes_nothing(server, client, sent, sentence):
    server.store.write([], [letter(1)])
    answer = client.post("dead-letters/purge", data={"csrf": csrf(client)} | sent)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    asked = client.get("dead-letters/purge", params=sent)
    assert (asked.status_code, "Remove dead letter 1?" in asked.text) != (200, True)
    assert client.post("dead-letters/purge", data={"letter": "1"}).status_code == 403
    assert server.store.dead_letter(1) is not None


@pytest.fixture
def callers(serve) -> Iterator[dict[str, httpx.Client]]:
    server = serve("memory://", api__auth="token")
    server.store.write([], [letter(1), letter(2)])
    clients = {}
    for name, (role, project) in {
        "tenant": (Role.MEMBER, "one"),
        "reader": (Role.READER, None),
        "admin": (Role.ADMIN, None),
    }.items():
        made, text = new_token(name, role, project, times.now(), None)
        server.store.add_token(made)
        clients[name] = httpx.Client(base_url=f"{server.url}ui/", headers={"x-auth-token": text})
    yield clients
    assert server.store.count_dead_letters(DeadLetterQuery()) == 1
    for each in clients.values():
        each.close()


def test_only_whom_the_policy_lets_sees_letters_and_changes_them(callers):
    tenant, reader, admin = callers.values()
    for path in ("", "/1", "/9", "/retry?letter=1", "/purge?letter=9"):
        assert tenant.get(f"dead-letters{path}").status_code == 403
    for path in ("dead-letters", "dead-letters/1"):
        shown = reader.get(path).text
        assert "dead-letters/retry" not in shown
        assert "dead-letters/purge" not in shown
        assert "dead-letters/purge" in admin.get(path).text
    for each in (tenant, reader):
        # The menu has a form of the same browser.
        form = re.search(r'name="csrf" value="(\w+)"', each.get("hosts").text)[1]
        for action in ("retry", "purge"):
            assert each.get(f"dead-letters/{action}?letter=1").status_code == 403
            sent = {"csrf": form, "letter": "1"}
            assert each.post(f"dead-letters/{action}", data=sent).status_code == 403
    sent = {"csrf": csrf(admin), "letter": "1"}
    assert admin.post("dead-letters/purge", data=sent).status_code == 200
    assert admin.get("dead-letters/1").status_code == 404


@pytest.mark.parametrize(
    "context",
    [{"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 740}}],
    ids=["dark", "phone"],
)
def test_pages_are_for_everybody(server, open_page, context):
    server.store.write([], [letter(1, body=make_body(), reason="no" * 90, broker="b" * 60)])
    watched = open_page(server.url, "dead-letters", **context)
    for path in ("dead-letters", "dead-letters/1", "dead-letters/purge", "dead-letters/retry"):
        watched.page.goto(path)
        assert watched.violations() == []
        width = watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0
