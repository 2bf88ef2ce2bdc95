"""Subscriptions watched and repaired in the browser, by whoever may, against real receivers."""

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from receiver import Receiver
from subscribed import make_subscription, subscribe
from subscriber_fixtures import clients_of

from ledger_events import attach_or_detach
from vifcast import times
from vifcast.store.sql import schema
from vifcast.subscription.subscription import Owner
from vifcast.token import Role

WHO = {
    "admin": (Role.ADMIN, None),
    "member": (Role.MEMBER, "project-1"),
    "reader": (Role.READER, "project-1"),
    "other": (Role.MEMBER, "project-2"),
    "newcomer": (Role.MEMBER, "project-3"),
}
XSS = "<img src=x onerror=document.title='pwned'>"
ACTIONS = (
    "pause", "resume", "test", "rotate", "delete", "recover", "replays", "redeliver", "edit",
)  # fmt: skip
MANY = 3000
NEED_SCRIPT = "[data-opens], [data-copy], [data-select-all], [data-keys], [data-zone]"


@pytest.fixture(scope="module")
def server(module_serve):
    return module_serve(
        "memory://",
        api__auth="token",
        delivery__allowed_networks="127.0.0.0/8",
        delivery__schedule_s="0",
        delivery__circuit_failures=1000,
    )


@pytest.fixture(scope="module")
def clients(server):
    with clients_of(server, WHO) as clients:
        yield clients


@pytest.fixture(scope="module")
def receiver():
    with Receiver(status=500, answer=XSS.encode()) as receiver:
        yield receiver


@pytest.fixture(scope="module")
def failing(server, clients, receiver):
    """A subscription of project-1 whose receiver fails; two deliveries of it are dead."""
    body = {"url": receiver.url, "description": XSS, "headers": {"X-Api-Key": "s3cret"}}
    answer = clients["member"].post("/v1/subscriptions", json=body | {"filter": "phase=start,end"})
    assert answer.status_code == 201, answer.text
    server.store.write(attach_or_detach(1, instance_id=XSS, error_message=XSS), [])
    return answer.json()["id"]


@pytest.fixture(scope="module")
def theirs(server, clients):
    """A paused subscription of project-2, with a delivery and a replay."""
    body = {"url": "http://127.0.0.1:1/theirs", "description": "theirs"}
    found = clients["other"].post("/v1/subscriptions", json=body).json()["id"]
    clients["other"].post(f"/v1/subscriptions/{found}/pause")
    server.store.write(attach_or_detach(2, project_id="project-2", instance_id="secret-vm"), [])
    replay = clients["other"].post(f"/v1/subscriptions/{found}/replays", json={"since": "9000d"})
    delivery = listed(clients["other"], found)[0]["id"]
    return found, delivery, replay.json()["id"]


@pytest.fixture
def browse(server, clients, open_page):
    """Open a page as one of them."""

    def start(who, path, **context):
        token = clients[who].headers["authorization"]
        return open_page(server.url, path, extra_http_headers={"authorization": token}, **context)

    return start


def listed(client, subscription, **about):
    about["subscription"] = subscription
    return client.get("/v1/deliveries", params=about).json()["items"]


def dead(clients, subscription, until, count):
    until(lambda: len(listed(clients["admin"], subscription, state="dead")) == count, 60)
    return [each["id"] for each in listed(clients["admin"], subscription, state="dead")]


def send(client, path, **fields):
    html = client.get("/ui/subscriptions").text
    csrf = re.search(r'"X-Csrf-Token": "(\w+)"', html)[1]
    return client.post(f"/ui/{path}", data={"csrf": csrf} | fields)


def test_list_says_in_words_how_it_goes_and_is_for_every_screen(
    clients, failing, theirs, until, browse
):
    dead(clients, failing, until, 2)
    watched = browse("member", "subscriptions")
    page = watched.page
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("failing")
    expect(row).to_contain_text("Last answer: the receiver answers 500")
    assert "theirs" not in page.content()
    assert watched.violations() == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 360, "height": 740})
    expect(row).to_contain_text("Last answer")
    assert watched.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(XSS)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert watched.violations() == []
    assert "pwned" not in page.title().replace(XSS, "")


def test_who_has_none_is_shown_what_a_subscription_is(browse):
    watched = browse("newcomer", "subscriptions")
    expect(watched.page.get_by_text("No subscription yet")).to_be_visible()
    assert watched.violations() == []
    watched.page.get_by_role("link", name="New subscription").click()
    expect(watched.page.get_by_role("heading", level=1)).to_have_text("New subscription")


def test_dead_delivery_is_sent_once_more_from_the_browser(
    clients, failing, receiver, until, browse
):
    first = dead(clients, failing, until, 2)[-1]
    watched = browse("member", f"subscriptions/{failing}")
    page = watched.page
    page.get_by_role("link", name=str(first), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Delivery {first}")
    expect(page.locator(".attempt pre")).to_have_text(XSS)
    expect(page.locator(".attempt")).to_contain_text("the receiver answers 500")
    sent = page.locator(".headers")
    expect(sent).to_contain_text("X-Api-Key(hidden)")
    expect(sent).to_contain_text("webhook-id")
    assert "s3cret" not in page.content()
    # As its owner gets it: without the payload, the compute host and the text of an error.
    expect(page.get_by_text('"type": "io.vifcast.interface.attach_started"')).to_be_visible()
    assert "compute-1" not in page.content()
    assert watched.violations() == []
    page.emulate_media(color_scheme="dark")
    assert watched.violations() == []
    receiver.status, receiver.answer = 200, b"thank you"
    receiver.received.clear()
    page.get_by_role("button", name="Send once more").click()
    expect(page.get_by_text("It is sent once more")).to_be_visible()
    expect(page.locator("#state")).to_contain_text("sent once more")
    until(lambda: receiver.received, 60)
    assert receiver.received[0].headers["x-api-key"] == "s3cret"
    page.get_by_role("link", name="All deliveries of this message").click()
    expect(page.get_by_role("row")).to_have_count(3)
    # With the keyboard alone: the other one, among all that was given up.
    page.goto(f"subscriptions/{failing}?state=dead")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("[data-selected]")).to_have_text("1 / 1")
    page.get_by_role("button", name="Send the selected once more").click()
    expect(page.get_by_text("What was selected is sent once more")).to_be_visible()
    until(lambda: len(receiver.received) == 2, 60)
    until(lambda: listed(clients["admin"], failing, state="dead") == [], 60)
    # The page notices by itself that all is well again.
    expect(page.locator("#standing")).to_contain_text("All is well")
    receiver.status, receiver.answer = 500, XSS.encode()


def test_test_shows_request_and_answer(failing, browse):
    watched = browse("member", f"subscriptions/{failing}")
    page = watched.page
    page.get_by_role("button", name="Send a test").click()
    shown = page.locator("#test")
    expect(shown).to_contain_text("not delivered")
    expect(shown).to_contain_text("X-Api-Key(hidden)")
    expect(shown.locator("pre").last).to_have_text(XSS)
    assert watched.violations() == []


def test_test_works_without_script(clients, failing):
    answer = send(clients["member"], f"subscriptions/{failing}/test")
    assert "<h1>Test of &lt;img" in answer.text
    assert "not delivered" in answer.text
    assert "s3cret" not in answer.text
    assert XSS not in answer.text


def test_subscription_is_paused_replayed_and_resumed_in_the_browser(
    server, clients, receiver, browse, until
):
    body = {"url": f"{receiver.url}/later", "description": "later"}
    found = clients["member"].post("/v1/subscriptions", json=body).json()["id"]
    watched = browse("member", f"subscriptions/{found}")
    page = watched.page
    expect(page.get_by_text("Nothing has been sent yet")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused. What happens meanwhile waits")).to_be_visible()
    page.get_by_role("button", name="A time of the past").click()
    page.get_by_label("From").fill("yesterday")
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("is not a time")
    assert watched.violations() == []
    page.get_by_label("From").fill("9000d")
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.get_by_text("The replay has begun")).to_be_visible()
    expect(page.locator("#standing")).to_contain_text("deliveries wait")
    assert watched.violations() == []
    page.get_by_role("button", name="Resume").click()
    # It comes to its end by itself, on a page that is left alone.
    expect(page.locator("#standing table")).to_contain_text("done")
    dead_ones = lambda: listed(clients["admin"], found, state="dead")  # noqa: E731
    until(lambda: dead_ones() and not listed(clients["admin"], found, state="waiting"), 60)
    page.reload()
    page.get_by_role("button", name="What was given up").click()
    page.get_by_label("Given up since").fill("")
    page.get_by_role("button", name="Send them").click()
    expect(page.get_by_text("What was given up is sent once more")).to_be_visible()
    clients["member"].delete(f"/v1/subscriptions/{found}")


def test_running_replay_shows_how_far_it_is_and_is_cancelled(server, clients, browse):
    events = [
        each
        for number in range(400)
        for each in attach_or_detach(
            1000 + number, at_s=number, port_id=f"p{number}", project_id="project-4"
        )
    ]
    server.store.write(events, [])
    body = {"url": "http://127.0.0.1:1/", "description": "all", "project_id": "project-4"}
    admin = clients["admin"]
    found = admin.post("/v1/subscriptions", json=body).json()["id"]
    admin.post(f"/v1/subscriptions/{found}/pause")
    # At most 500 of it are undelivered at a time, so it is running until somebody cancels it.
    admin.post(f"/v1/subscriptions/{found}/replays", json={"since": "9000d"})
    watched = browse("admin", f"subscriptions/{found}")
    page = watched.page
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    expect(bar).to_have_attribute("value", "0.0")
    expect(page.get_by_role("row").filter(has=bar)).to_contain_text("0 %")
    assert watched.violations() == []
    again = send(admin, f"subscriptions/{found}/replays", since="1d")
    assert again.status_code == 409
    assert "is running" in again.text
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The replay is cancelled")).to_be_visible()
    expect(bar).to_have_count(0)
    listing = admin.get(f"/ui/subscriptions/{found}/replays").text
    assert "cancelled" in listing
    admin.delete(f"/v1/subscriptions/{found}")


def test_what_is_anothers_is_not_there(clients, failing, theirs):
    subscription, delivery, replay = theirs
    member = clients["member"]
    unknown = member.get("/ui/subscriptions/nothing")
    assert unknown.status_code == 404
    paths = [
        f"subscriptions/{subscription}",
        f"subscriptions/{subscription}/standing",
        f"subscriptions/{subscription}/replays",
        f"subscriptions/{subscription}/edit",
        f"deliveries/{delivery}",
        f"deliveries/{delivery}/state",
    ]
    for path in paths:
        answer = member.get(f"/ui/{path}")
        assert answer.status_code == 404, path
        assert not {"theirs", "secret-vm", "project-2"} & set(re.findall(r"[\w-]+", answer.text))
    for path in [
        *(f"subscriptions/{subscription}/{action}" for action in ACTIONS),
        f"deliveries/{delivery}/redeliver",
        f"replays/{replay}/cancel",
    ]:
        assert send(member, path, since="1d", ids=str(delivery)).status_code == 404, path
    # Nor by way of its own.
    mine = f"subscriptions/{failing}/redeliver"
    assert send(member, mine, ids=str(delivery)).status_code == 404
    assert member.get("/ui/subscriptions", params={"project": "project-2"}).status_code == 403
    assert "theirs" in clients["other"].get(f"/ui/subscriptions/{subscription}").text


def test_reader_sees_and_may_do_nothing(clients, failing, until):
    reader = clients["reader"]
    page = reader.get(f"/ui/subscriptions/{failing}").text
    assert "What it is" in page
    assert "<dialog" not in page.replace('<dialog class="keys"', "")
    assert f"subscriptions/{failing}/" in page  # its standing
    for action in ACTIONS:
        assert f"subscriptions/{failing}/{action}" not in page
        assert send(reader, f"subscriptions/{failing}/{action}", since="1d").status_code == 403
    delivery = listed(reader, failing)[0]["id"]
    assert "Send once more" not in reader.get(f"/ui/deliveries/{delivery}").text
    assert send(reader, f"deliveries/{delivery}/redeliver").status_code == 403


def test_project_does_not_see_what_an_admin_made_for_it(server, clients):
    admins = subscribe(server.store, project_id="project-1", description="admins")
    assert "admins" not in clients["member"].get("/ui/subscriptions").text
    assert clients["member"].get(f"/ui/subscriptions/{admins.id}").status_code == 404
    assert "admins" in clients["admin"].get("/ui/subscriptions?project=project-1").text
    clients["admin"].delete(f"/v1/subscriptions/{admins.id}")


def test_link_to_the_page_makes_up_no_number(clients, failing):
    for done in ("recovered", "redelivered"):
        link = f"/ui/subscriptions/{failing}?done={done}&count=999999"
        said = re.search(r"data-said>([^<]*)<", clients["member"].get(link).text)
        assert "999" not in said[1]


def test_ends_of_time_are_moments_like_others(clients, failing):
    typed = {"since": "0001-01-01T00:00:00Z", "until": "9999-12-31T23:59:59Z"}
    answer = clients["member"].get(f"/ui/subscriptions/{failing}", params=typed)
    assert answer.status_code == 200
    assert "/ui/deliveries/" in answer.text
    assert listed(clients["member"], failing, **typed) == listed(clients["member"], failing)


def test_buttons_that_need_a_script_are_not_shown_without(failing, browse):
    path = f"subscriptions/{failing}"
    page = browse("member", path).page
    expect(page.get_by_role("button", name="Rotate the secret")).to_be_visible()
    page = browse("member", path, java_script_enabled=False).page
    expect(page.get_by_role("button", name="Send a test")).to_be_visible()
    assert page.locator(NEED_SCRIPT).count() > 5
    expect(page.locator(NEED_SCRIPT).filter(visible=True)).to_have_count(0)


def test_wrong_times_are_said_beside_their_field(clients, failing):
    answer = clients["member"].get(f"/ui/subscriptions/{failing}", params={"since": "never"})
    assert answer.status_code == 200
    assert "is not a time" in answer.text
    assert 'value="never"' in answer.text


def test_thousands_are_pages(server, clients, browse):
    owner = Owner(
        name="m", user_id=None, project_id="project-5", is_system=False, roles=("member",)
    )
    many = [
        make_subscription(description=f"number {number}", project_id="project-5", owner=owner)
        for number in range(120)
    ]
    with server.store.writing() as connection:
        rows = [{name: getattr(each, name) for name in each.__struct_fields__} for each in many]
        connection.execute(sa.insert(schema.subscription), rows)
        now = times.now()
        about = {
            "subscription_id": many[0].id, "event_id": 1, "ordered_at": now, "attempts": 1,
            "created_at": now, "finished_at": now, "state": "delivered",
        }  # fmt: skip
        connection.execute(sa.insert(schema.delivery), [about] * MANY)
    page = browse("admin", "subscriptions?project=project-5").page
    for count in (50, 50, 20):
        expect(page.locator("tbody tr")).to_have_count(count)
        if count == 50:
            page.get_by_role("link", name="More").click()
    expect(page.get_by_role("link", name="More")).to_have_count(0)
    page.goto(f"subscriptions/{many[0].id}")
    expect(page.locator("tbody tr")).to_have_count(50)
    expect(page.locator("#standing")).to_contain_text("≥ 1000")
    first = page.locator("tbody tr a").first.text_content()
    page.get_by_role("link", name="Earlier").click()
    page.wait_for_url("**cursor=**")
    assert page.locator("tbody tr a").first.text_content() != first
    page.locator("[data-select-all]").check()
    expect(page.locator("[data-selected]")).to_have_text("50 / 50")
    with server.store.writing() as connection:
        connection.execute(
            sa.delete(schema.subscription).where(schema.subscription.c.project_id == "project-5")
        )
