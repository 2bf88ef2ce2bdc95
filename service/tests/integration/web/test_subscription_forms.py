"""Subscriptions made and changed by a form that says beside each field what is wrong with it."""

import re

import httpx
import pytest
from playwright.sync_api import expect
from receiver import Receiver
from subscriber_fixtures import clients_of

from ledger_events import attach_or_detach
from vifcast.token import Role

WHO = {
    "admin": (Role.ADMIN, None),
    "member": (Role.MEMBER, "project-1"),
    "reader": (Role.READER, "project-1"),
}
PEM = "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----"
XSS = "<img src=x onerror=document.title='pwned'>"


@pytest.fixture(scope="module")
def server(module_serve):
    server = module_serve("memory://", api__auth="token", delivery__allowed_networks="127.0.0.0/8")
    server.store.write([*attach_or_detach(1), *attach_or_detach(2, project_id="project-2")], [])
    return server


@pytest.fixture(scope="module")
def clients(server):
    with clients_of(server, WHO) as clients:
        yield clients


@pytest.fixture(scope="module")
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def browse(server, clients, open_page):
    """Open a page as one of them."""

    def start(who, path):
        token = clients[who].headers["authorization"]
        return open_page(server.url, path, extra_http_headers={"authorization": token})

    return start


def send(client, path, **fields):
    html = client.get("/ui/subscriptions").text
    csrf = re.search(r'"X-Csrf-Token": "(\w+)"', html)[1]
    return client.post(f"/ui/{path}", data={"csrf": csrf} | fields)


def made(client, receiver, **body):
    answer = client.post("/v1/subscriptions", json={"url": receiver.url} | body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def beside(html, field):
    """The mistake that stands beside a field."""
    found = re.search(rf'id="{field}-mistake"[^>]*>(.*?)</small>', html, re.DOTALL)
    return found and found[1]


def test_form_says_beside_each_field_what_is_wrong_and_keeps_what_was_typed(clients):
    wrong = {
        "url": f"ftp://{XSS}",
        "description": "x" * 1001,
        "filter": "colour=red",
        "rate_per_s": "many",
        "headers": "no colon",
        "ca_certificate": PEM,
        "oauth2_token_url": "https://id.example.org/token",
    }
    answer = send(clients["member"], "subscriptions/new", **wrong)
    assert answer.status_code == 422
    said = {field: beside(answer.text, field) for field in wrong}
    assert "has a blank" in said["url"]
    assert "at most 1000 characters" in said["description"]
    assert "unknown field" in said["filter"]
    assert "is no number" in said["rate_per_s"]
    assert "a name, a colon and a value" in said["headers"]
    assert "no certificate in PEM" in said["ca_certificate"]
    assert "oauth2.client_id" in said["oauth2_token_url"]
    assert "7 fields need another value" in answer.text
    assert 'value="ftp://&lt;img' in answer.text
    assert XSS not in answer.text
    assert ">colour=red</textarea>" in answer.text


@pytest.mark.parametrize(
    ("who", "fields", "field", "sentence"),
    [
        ("member", {"url": "http://10.1.2.3/"}, "url", "allowed_networks"),
        ("member", {"filter": "host=compute-1"}, "filter", "compute hosts to admins only"),
        ("member", {"format": "nova"}, "format", "choose another format"),
        ("member", {"headers": "Host: a"}, "headers", "set by vifcast itself"),
        ("member", {"headers": "A: b\nA: c"}, "headers", "given twice"),
        (
            "member",
            {"headers": "Authorization: x", "oauth2_token_url": "https://a/",
             "oauth2_client_id": "a", "oauth2_client_secret": "b"},
            "headers",
            "leave out one of them",
        ),
        (
            "member",
            {"oauth2_token_url": "http://10.1.2.3/", "oauth2_client_id": "a",
             "oauth2_client_secret": "b"},
            "oauth2_token_url",
            "allowed_networks",
        ),
        ("member", {"client_key": "x"}, "client_certificate", "give both"),
        ("member", {"format": "tar"}, "format", "none of the choices"),
        ("admin", {"target": "amqp", "url": "amqp://127.0.0.1/"}, "exchange", "is missing"),
    ],
)  # fmt: skip
def test_mistake_stands_beside_its_field(clients, who, fields, field, sentence):
    answer = send(clients[who], "subscriptions/new", **{"url": "http://127.0.0.1:1/"} | fields)
    assert answer.status_code == 422
    assert sentence in (beside(answer.text, field) or "")
    assert clients["admin"].get("/v1/subscriptions").json()["items"] == []


def test_control_characters_are_refused(clients):
    answer = send(clients["member"], "subscriptions/new", url="http://127.0.0.1/\x00")
    assert answer.status_code == 422
    assert "control character" in answer.text


def test_form_offers_what_the_policy_allows(clients):
    tenant = clients["member"].get("/ui/subscriptions/new").text
    admin = clients["admin"].get("/ui/subscriptions/new").text
    for part in ('value="amqp"', 'value="nova"', 'name="project_id"', "<code>host</code>"):
        assert part in admin
        assert part not in tenant
    # The examples, too.
    assert "compute-1" in admin
    assert "compute-1" not in tenant
    assert clients["reader"].get("/ui/subscriptions/new").status_code == 403
    assert send(clients["reader"], "subscriptions/new", url="http://127.0.0.1/").status_code == 403


def test_form_of_another_site_makes_nothing(clients):
    answer = clients["member"].post("/ui/subscriptions/new", data={"url": "http://127.0.0.1:1/"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("who", "wanted", "sentence"),
    [
        ("member", "", "Everything about NICs"),
        ("member", "action=attach phase!=error", "is none of"),
        ("member", "action=attack", "compares action with"),
        ("member", "host=compute-*", "compute hosts to admins only"),
        # Of the project's own events alone.
        ("member", "action=attach", "Of the newest 2 events, 2 would be sent"),
        ("admin", "action=attach", "Of the newest 4 events, 4 would be sent"),
        ("admin", "project=project-2", "Of the newest 4 events, 2 would be sent"),
        ("admin", f'instance_name="{XSS}"', "&lt;img"),
    ],
)
def test_filter_is_checked_while_it_is_typed(clients, who, wanted, sentence):
    answer = clients[who].get("/ui/subscriptions/filter", params={"filter": wanted})
    assert answer.status_code == 200
    assert sentence in answer.text
    assert "<img" not in answer.text


def test_subscription_is_made_in_the_browser_and_its_secret_shown_once(browse, clients, receiver):
    watched = browse("member", "subscriptions/new")
    page = watched.page
    assert watched.violations() == []
    page.get_by_label("URL", exact=True).fill("http://10.1.2.3/")
    page.get_by_role("button", name="what ended").click()
    expect(page.locator("#filter-said")).to_contain_text("outcome is one of failed succeeded")
    page.get_by_role("button", name="Make the subscription").click()
    expect(page.locator("#url-mistake")).to_contain_text("allowed_networks")
    assert watched.violations() == []
    page.get_by_label("URL", exact=True).fill(receiver.url)
    page.get_by_label("Description").fill(XSS)
    page.get_by_role("button", name="Make the subscription").click()
    secret = page.locator("#secret").text_content()
    assert secret.startswith("whsec_")
    assert watched.violations() == []
    (kept,) = clients["member"].get("/v1/subscriptions").json()["items"]
    assert kept["filter"] == "outcome=succeeded,failed"
    # To load it again makes no second one, and shows no secret.
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(XSS)
    assert secret not in page.content()
    assert page.title().startswith(XSS)
    page.get_by_role("button", name="Rotate the secret").click()
    page.get_by_label("Kind").select_option("v1a")
    page.get_by_role("button", name="Rotate", exact=True).click()
    expect(page.locator(".secret")).to_contain_text("whpk_")
    page.get_by_role("link", name="To the subscription").click()
    expect(page.get_by_text("HMAC-SHA256").first).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("No subscription yet")).to_be_visible()


def test_change_replaces_what_was_typed_and_keeps_the_rest(clients, receiver):
    member = clients["member"]
    found = made(member, receiver, headers={"X-Key": "s3cret"}, rate_per_s=5, filter="phase=end")
    path = f"subscriptions/{found}/edit"
    form = member.get(f"/ui/{path}").text
    assert "s3cret" not in form
    revision = re.search(r'name="revision" value="(\d+)"', form)[1]
    present = {"revision": revision, "url": receiver.url, "filter": "phase=end", "rate_per_s": ""}
    assert send(member, path, **present, description="CMP").status_code == 303
    kept = member.get(f"/v1/subscriptions/{found}").json()
    assert (kept["rate_per_s"], kept["description"]) == (None, "CMP")
    assert (kept["filter"], kept["header_names"]) == ("phase=end", ["X-Key"])
    # Somebody else has changed it since.
    stale = send(member, path, **present, description="other")
    assert stale.status_code == 422
    assert "read it again" in stale.text
    assert 'value="other"' in stale.text
    current = present | {"revision": str(kept["revision"]), "description": "CMP"}
    assert send(member, path, **current, headers_removed="true").status_code == 303
    kept = member.get(f"/v1/subscriptions/{found}").json()
    assert kept["header_names"] == []
    current["revision"] = str(kept["revision"])
    # Its own address is not refused anew, another one is.
    assert beside(send(member, path, **current | {"url": "http://10.1.2.3/"}).text, "url")
    assert send(member, path, **current, headers="X-Other: 1").status_code == 303
    kept = member.get(f"/v1/subscriptions/{found}").json()
    assert (kept["header_names"], kept["url"]) == (["X-Other"], receiver.url)
    assert clients["reader"].get(f"/ui/{path}").status_code == 403
    member.delete(f"/v1/subscriptions/{found}")


@pytest.mark.parametrize("revision", ["9" * 5000, "-1", "x", ""])
def test_revision_that_cannot_be_read_changes_nothing(clients, receiver, revision):
    found = made(clients["member"], receiver, description="as it was")
    sent = {"revision": revision, "description": "changed"}
    answer = send(clients["member"], f"subscriptions/{found}/edit", **sent)
    assert answer.status_code == 422
    assert "load the page again" in answer.text
    kept = clients["member"].get(f"/v1/subscriptions/{found}").json()
    assert kept["description"] == "as it was"


def test_subscription_for_a_broker_is_made_and_changed(clients, receiver):
    admin = clients["admin"]
    amqp = {"target": "amqp", "url": "amqp://me:s3cret@127.0.0.1:1/", "exchange": "nic"}
    answer = send(admin, "subscriptions/new", **amqp, declare="true", headers="X: ignored")
    assert "there is no secret" in answer.text
    items = admin.get("/v1/subscriptions").json()["items"]
    (kept,) = [each for each in items if each["settings"] == {"exchange": "nic", "declare": "true"}]
    path = f"subscriptions/{kept['id']}/edit"
    form = admin.get(f"/ui/{path}").text
    assert "s3cret" not in form
    assert send(admin, path, url=kept["url"], exchange="other").status_code == 303
    changed = admin.get(f"/v1/subscriptions/{kept['id']}").json()
    assert changed["settings"] == {"exchange": "other"}
    admin.delete(f"/v1/subscriptions/{kept['id']}")


def test_quota_is_said_above_the_form(serve, receiver):
    server = serve(
        "memory://", delivery__allowed_networks="127.0.0.0/8", delivery__max_subscriptions=1
    )
    with httpx.Client(base_url=server.url, timeout=60) as client:
        assert send(client, "subscriptions/new", url=receiver.url).status_code == 200
        answer = send(client, "subscriptions/new", url=receiver.url)
    assert answer.status_code == 422
    assert "max_subscriptions" in answer.text
