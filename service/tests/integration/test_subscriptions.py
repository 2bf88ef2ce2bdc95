"""Subscriptions over HTTP: made, changed, tested, and who may do what with them."""

import base64
import hashlib
import hmac
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet
from receiver import Receiver
from subscribed import ADMIN, subscribe
from subscriber_fixtures import clients_of

from ledger_events import attach_or_detach
from vifcast import times
from vifcast.config import load_settings
from vifcast.delivery import prober
from vifcast.errors import ConfigError
from vifcast.secret_box import SecretBox
from vifcast.store import Subscribing
from vifcast.subscribing.secret_boxes import secret_box_of
from vifcast.subscription.secrets import Secrets
from vifcast.subscription.subscription import Owner
from vifcast.token import Role

WHO = {
    "reader": (Role.READER, "one"),
    "member": (Role.MEMBER, "one"),
    "other": (Role.MEMBER, "two"),
    "system": (Role.READER, None),
    "admin": (Role.ADMIN, None),
}
PATH = "/v1/subscriptions"
BROKER = {"target": "amqp", "url": "amqp://guest@broker.example.org/"}


@pytest.fixture
def receiver():
    with Receiver(answer=b"thanks") as receiver:
        receiver.status = 200
        yield receiver


@pytest.fixture
def server(serve):
    return serve("memory://", api__auth="token", delivery__allowed_networks="127.0.0.0/8",
                 delivery__max_subscriptions="3")  # fmt: skip


@pytest.fixture
def clients(server):
    with clients_of(server, WHO) as clients:
        yield clients


def create(client, receiver, **body):
    made = client.post(PATH, json={"url": receiver.url} | body)
    assert made.status_code == 201, made.text
    return made.json()


def test_what_happens_is_sent_signed_to_the_project_it_is_of(server, clients, receiver, until):
    made = create(clients["member"], receiver, filter="action=attach phase=end")
    assert made["project_id"] == "one"
    assert made["secret"].startswith("whsec_")
    for project in ("one", "two"):
        events = attach_or_detach(
            1, at_s=5, project_id=project, instance_id=f"i-{project}", port_id=f"p-{project}",
            operation_id=project,
        )  # fmt: skip
        server.store.write(events, [])
    listed = {"subscription": made["id"], "state": "delivered"}
    of_one = clients["reader"]
    until(lambda: of_one.get("/v1/deliveries", params=listed).json()["items"], 60)
    (delivery,) = of_one.get("/v1/deliveries", params=listed).json()["items"]
    (sent,) = receiver.received
    body = json.loads(sent.body)
    assert (body["type"], body["id"]) == ("io.vifcast.interface.attached", delivery["message_id"])
    assert delivery["instance_id"] == "i-one"
    content = f"{sent.headers['webhook-id']}.{sent.headers['webhook-timestamp']}.".encode()
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, content + sent.body, hashlib.sha256)).decode()
    assert sent.headers["webhook-signature"] == f"v1,{expected}"
    (attempt,) = of_one.get(f"/v1/deliveries/{delivery['id']}/attempts").json()["items"]
    assert (attempt["status_code"], attempt["answer"], attempt["error"]) == (200, "thanks", None)
    assert of_one.get(f"/v1/deliveries/{delivery['id']}").json() == delivery
    by_message = of_one.get("/v1/deliveries", params={"message": delivery["message_id"]})
    assert by_message.json()["items"] == [delivery]
    assert of_one.get("/v1/deliveries", params={"message": "x"}).json()["items"] == []
    assert of_one.get("/v1/deliveries", params={"until": "1h"}).json()["items"] == []
    assert of_one.get("/v1/deliveries", params={"since": "1h"}).json()["items"] == [delivery]
    # Of another's it is not there.
    other = clients["other"]
    assert other.get("/v1/deliveries").json()["items"] == []
    assert other.get("/v1/deliveries", params=listed).json()["items"] == []
    for path in (f"/v1/deliveries/{delivery['id']}", f"/v1/deliveries/{delivery['id']}/attempts"):
        assert other.get(path).status_code == 404
    csv = of_one.get("/v1/deliveries", headers={"accept": "text/csv"}).text.splitlines()
    assert csv[0].split(",") == list(delivery)
    assert len(csv) == 2


def test_secrets_are_shown_once_and_never_again(server, clients, receiver):
    secret = {
        "headers": {"X-Api-Key": "s3cr3t-header"},
        "oauth2": {"token_url": receiver.url, "client_id": "cmp", "client_secret": "s3cr3t-oauth"},
    }
    made = create(clients["member"], receiver, **secret)
    shown = clients["member"].get(f"{PATH}/{made['id']}")
    assert shown.json() == {name: value for name, value in made.items() if name != "secret"}
    assert shown.json()["header_names"] == ["X-Api-Key"]
    assert shown.json()["oauth2"] == {
        "token_url": receiver.url, "client_id": "cmp", "scope": None,
    }  # fmt: skip
    tested = clients["member"].post(f"{PATH}/{made['id']}/test")
    listed = clients["member"].get(PATH)
    changed = clients["member"].patch(f"{PATH}/{made['id']}", json={"description": "new"})
    for answer in (shown, tested, listed, changed):
        assert "s3cr3t" not in answer.text
        assert "whsec_" not in answer.text
    database = server.store.location.path.read_bytes()
    assert b"s3cr3t" not in database
    assert made["secret"].encode() not in database


def test_another_receiver_is_not_sent_the_credentials_of_the_first(clients, receiver):
    """Whoever of a project changes the URL must not read what its headers hold."""
    member = clients["member"]
    made = create(member, receiver, headers={"X-Api-Key": "s3cr3t"})
    with Receiver() as elsewhere:
        elsewhere.status = 200
        changed = member.patch(f"{PATH}/{made['id']}", json={"url": elsewhere.url})
        assert (changed.status_code, changed.json()["header_names"]) == (200, [])
        assert member.post(f"{PATH}/{made['id']}/test").json()["is_delivered"]
        (sent,) = elsewhere.received
    assert "x-api-key" not in sent.headers
    # It is signed as before: the receiver may be the same one at another place.
    assert changed.json()["signing"] == made["signing"]


def test_new_url_that_is_none_is_refused(clients, receiver):
    made = create(clients["member"], receiver)
    refused = clients["member"].patch(f"{PATH}/{made['id']}", json={"url": "https://[::1/"})
    assert (refused.status_code, refused.json()["code"]) == (422, "value_invalid")


def test_credentials_stay_with_their_receiver(clients, receiver):
    member = clients["member"]
    made = create(member, receiver, headers={"X-Api-Key": "s3cr3t"})
    changed = member.patch(f"{PATH}/{made['id']}", json={"url": f"{receiver.url}more"})
    assert changed.json()["header_names"] == ["X-Api-Key"]
    member.post(f"{PATH}/{made['id']}/test")
    assert receiver.received[-1].headers["x-api-key"] == "s3cr3t"


def test_rotated_secret_signs_beside_the_old_one_for_a_while(clients, receiver):
    client = clients["member"]
    made = create(client, receiver, format="plain")
    rotated = client.post(f"{PATH}/{made['id']}/rotate-secret", json={"overlap_s": 3600}).json()
    assert rotated["secret"] != made["secret"]
    assert [each["expires_at"] is None for each in rotated["signing"]] == [True, False]
    client.post(f"{PATH}/{made['id']}/test")
    (sent,) = receiver.received
    assert len(sent.headers["webhook-signature"].split()) == 2
    to_ed25519 = client.post(
        f"{PATH}/{made['id']}/rotate-secret", json={"overlap_s": 0, "signing": "v1a"}
    ).json()
    assert to_ed25519["secret"] is None
    (only,) = to_ed25519["signing"]
    assert only["public_key"].startswith("whpk_")
    assert client.post(f"{PATH}/{made['id']}/rotate-secret").json()["signing"][0]["kind"] == "v1a"


def test_paused_subscription_can_be_tested_and_sends_what_waited_when_it_is_resumed(
    server, clients, receiver, until
):
    client = clients["member"]
    made = create(client, receiver, headers={"X-Api-Key": "k"}, format="plain")
    paused = client.post(f"{PATH}/{made['id']}/pause").json()
    assert paused["state"] == "paused"
    assert paused["state_reason"].startswith("paused by token ")
    tested = client.post(f"{PATH}/{made['id']}/test").json()
    assert (tested["is_delivered"], tested["status_code"], tested["answer"]) == (
        True, 200, "thanks",
    )  # fmt: skip
    assert tested["request"]["headers"]["X-Api-Key"] == "(hidden)"
    (sent,) = receiver.received
    assert sent.headers["x-api-key"] == "k"
    assert sent.body.decode() == tested["request"]["body"]
    assert sent.headers["webhook-signature"] == tested["request"]["headers"]["webhook-signature"]
    assert json.loads(sent.body)["type"] == "test"
    server.store.write(attach_or_detach(1, at_s=5, project_id="one"), [])
    waiting = {"subscription": made["id"], "state": "waiting"}
    assert len(client.get("/v1/deliveries", params=waiting).json()["items"]) >= 2
    assert len(receiver.received) == 1
    resumed = client.post(f"{PATH}/{made['id']}/resume").json()
    assert (resumed["state"], resumed["state_reason"]) == ("active", None)
    until(lambda: not client.get("/v1/deliveries", params=waiting).json()["items"], 60)
    until(lambda: len(receiver.received) >= 3, 60)


def test_receiver_that_refuses_is_shown_by_the_test(clients, receiver):
    made = create(clients["member"], receiver)
    receiver.status = 500
    tested = clients["member"].post(f"{PATH}/{made['id']}/test").json()
    assert (tested["is_delivered"], tested["status_code"]) == (False, 500)
    assert "500" in tested["error"]


def test_fields_are_changed_one_by_one_and_only_from_the_revision_that_was_read(clients, receiver):
    client = clients["member"]
    made = create(client, receiver, rate_per_s=5, headers={"X-A": "1"}, description="first")
    path = f"{PATH}/{made['id']}"
    changed = client.patch(path, json={"filter": "outcome=failed", "rate_per_s": None}).json()
    assert (changed["filter"], changed["rate_per_s"]) == ("outcome=failed", None)
    assert (changed["description"], changed["header_names"]) == ("first", ["X-A"])
    assert changed["revision"] > made["revision"]
    late = client.patch(path, json={"description": "x", "revision": made["revision"]})
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert "somebody changed it" in late.json()["detail"]
    removed = client.patch(path, json={"headers": None, "revision": changed["revision"]}).json()
    assert removed["header_names"] == []
    for body, why in (
        ({"target": "amqp"}, "there is no parameter target"),
        ({"project_id": "two"}, "there is no parameter project_id"),
        ({"colour": "red"}, "there is no parameter colour"),
        ({"url": None}, "parameter url"),
        ({"filter": "colour=red"}, "unknown field 'colour'"),
        ({"url": "http://10.0.0.5/"}, "allowed_networks"),
        (
            {"oauth2": {"token_url": "http://10.0.0.5/", "client_id": "a", "client_secret": "b"}},
            "10.0.0.0/8 (private)",
        ),
    ):
        refused = client.patch(path, json=body)
        assert refused.status_code == 422, body
        assert why in refused.json()["detail"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "parameter url: field required"),
        ({"url": "http://10.0.0.5/hook"}, "allowed_networks"),
        ({"url": "http://169.254.169.254/latest"}, "allowed_networks"),
        ({"url": "https://h/", "format": "xml"}, "parameter format"),
        ({"url": "https://h/", "headers": {"X": 1}}, "parameter X"),
        ({"url": "https://h/", "oauth2": {"token_url": "https://h/"}}, "parameter client_id"),
        (
            {
                "url": "https://h/",
                "oauth2": {
                    "token_url": "http://10.0.0.5/token",
                    "client_id": "a",
                    "client_secret": "b",
                },
            },
            "the receiver 10.0.0.5 is in 10.0.0.0/8",
        ),
        ({"url": "https://h/", "owner": "me"}, "there is no parameter owner"),
        ({"url": "http://127.0.0.1.:1/"}, "a full stop behind its address"),
        ({"url": "https://h/", "filter": "cause=bogus"}, "api, port_deleted, cache_refresh"),
        ({"url": "https://h/", "rate_per_s": 1e-300}, "at least 0.001"),
        (
            BROKER | {"settings": {"exchange": True}},
            "parameter exchange: input should be a valid string",
        ),
        (BROKER | {"settings": {"exchange": "x", "routing_key": False}}, "parameter routing_key"),
        (BROKER | {"settings": {"colour": "red"}}, "there is no parameter colour"),
        (BROKER | {"settings": {"exchange": "x", "declare": "maybe"}}, "parameter declare"),
    ],
)
def test_what_cannot_be_is_refused(clients, body, why):
    refused = clients["admin"].post(PATH, json=body)
    assert refused.status_code == 422
    assert why in refused.json()["detail"]


def test_a_project_has_as_many_subscriptions_as_its_quota(clients, receiver):
    for _ in range(3):
        create(clients["member"], receiver)
    refused = clients["member"].post(PATH, json={"url": receiver.url})
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
    assert (
        "project one has 3 subscriptions, as many as max_subscriptions" in refused.json()["detail"]
    )
    create(clients["other"], receiver)
    create(clients["admin"], receiver)


def test_a_project_does_not_get_what_is_for_admins(clients, receiver):
    for body, why in (
        ({"format": "nova"}, "format nova"),
        ({"filter": "host=compute-1"}, "leave the field host out"),
        ({"project_id": "two"}, "the token is for project one"),
        (
            {"target": "amqp", "url": "amqp://h/v", "settings": {"exchange": "x"}},
            "vifcast:subscription:create_amqp",
        ),
    ):
        refused = clients["member"].post(PATH, json={"url": receiver.url} | body)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), body
        assert why in refused.json()["detail"]
    made = create(clients["member"], receiver)
    by_admin = clients["admin"].patch(f"{PATH}/{made['id']}", json={"format": "nova"})
    assert by_admin.status_code == 403
    made = create(clients["admin"], receiver, format="nova", filter="host=compute-1")
    assert made["project_id"] is None
    broker = {"target": "amqp", "url": "amqp://u:s3cr3t@h/v", "settings": {"exchange": "x"}}
    made = create(clients["admin"], receiver, **broker)
    assert (made["url"], made["secret"], made["signing"]) == ("amqp://u@h/v", None, [])


def test_only_members_change_what_a_project_has_and_others_do_not_know_of_it(clients, receiver):
    made = create(clients["member"], receiver)
    path = f"{PATH}/{made['id']}"
    changes = [
        ("PATCH", "", {"description": "x"}),
        *(("POST", f"/{name}", None) for name in ("pause", "resume", "test", "rotate-secret")),
        ("DELETE", "", None),
    ]
    assert clients["reader"].get(path).status_code == 200
    assert clients["system"].get(path).status_code == 200
    assert clients["other"].get(path).status_code == 404
    assert clients["other"].get(PATH).json()["items"] == []
    assert len(clients["reader"].get(PATH).json()["items"]) == 1
    for name in ("reader", "system"):
        assert clients[name].post(PATH, json={"url": receiver.url}).status_code == 403
    for method, action, body in changes:
        for name, status in (("reader", 403), ("system", 403), ("other", 404)):
            answer = clients[name].request(method, path + action, json=body)
            assert answer.status_code == status, (name, action)
    assert clients["member"].delete(path).status_code == 204
    assert clients["member"].get(path).status_code == 404
    assert receiver.received == []


def test_what_an_admin_made_for_a_project_is_the_admins(server, clients, receiver):
    """Who could change where it is sent could read what only an admin may."""
    made = create(clients["admin"], receiver, project_id="one")
    assert clients["member"].get(PATH).json()["items"] == []
    assert clients["member"].patch(f"{PATH}/{made['id']}", json={}).status_code == 404
    of_project_admin = Owner(name="x", user_id="x", project_id="one", is_system=False,
                             roles=("admin", "member", "reader"))  # fmt: skip
    subscribe(server.store, project_id="one", owner=of_project_admin)
    assert clients["reader"].get(PATH).json()["items"] == []
    subscribe(server.store, project_id="one", owner=ADMIN)
    assert len(clients["admin"].get(PATH, params={"project": "one"}).json()["items"]) == 3
    refused = clients["member"].get(PATH, params={"project": "two"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_subscriptions_are_listed_in_pages(server, clients):
    made = [subscribe(server.store, created_at=times.now()).id for _ in range(5)]
    found, cursor = [], None
    while True:
        page = clients["admin"].get(
            PATH, params={"limit": 2} | ({"cursor": cursor} if cursor else {})
        )
        found += [each["id"] for each in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
    assert found == made


def test_deliveries_are_listed_in_pages(server, clients):
    one, two = (subscribe(server.store, state="paused") for _ in range(2))
    server.store.write(attach_or_detach(1, at_s=5), [])
    for asked in ({}, {"subscription": one.id}, {"state": "waiting"}):
        found, cursor = [], None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = clients["admin"].get("/v1/deliveries", params={"limit": 2} | asked | more).json()
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        ids = [each["id"] for each in found]
        assert ids == sorted(set(ids), reverse=True)
        of = {each["subscription_id"] for each in found}
        assert of == ({one.id} if "subscription" in asked else {one.id, two.id})


def test_lost_key_is_said_and_a_rotated_secret_gets_over_it(server, clients, receiver):
    client = clients["member"]
    made = create(client, receiver, headers={"X-A": "1"})
    kept = Subscribing(server.store)
    other = SecretBox([Fernet.generate_key().decode()])
    assert kept.reseal(made["id"], kept.get(made["id"]).secrets, other.seal(Secrets()))
    shown = client.get(f"{PATH}/{made['id']}").json()
    assert shown["header_names"] == []
    assert "encrypted with a key that" in shown["secrets_problem"]
    assert client.patch(f"{PATH}/{made['id']}", json={"description": "x"}).status_code == 200
    refused = client.patch(f"{PATH}/{made['id']}", json={"headers": {"X-A": "2"}})
    assert refused.status_code == 422
    rotated = client.post(f"{PATH}/{made['id']}/rotate-secret").json()
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secrets_problem"] is None


def test_without_keys_everything_works_but_what_has_secrets(clients, receiver, monkeypatch):
    def refuse(*_):
        raise ConfigError("option encryption_keys in [delivery] is not set")

    monkeypatch.setattr(SecretBox, "of", refuse)
    refused = clients["member"].post(PATH, json={"url": receiver.url})
    assert (refused.status_code, refused.json()["code"]) == (503, "config_invalid")
    assert "encryption_keys" in refused.json()["detail"]
    assert clients["member"].get(PATH).json()["items"] == []


def test_keys_are_looked_for_only_when_something_needs_them():
    settings = load_settings(overrides={"database.connection": "postgresql://u:p@h/vifcast"})
    box = secret_box_of(settings)
    with pytest.raises(ConfigError, match="set the same key for every process on this database"):
        box()


def test_test_messages_are_few_at_a_time(clients, receiver, monkeypatch):
    made = create(clients["member"], receiver)
    going, begun = threading.Event(), threading.Semaphore(0)
    real = prober.probe

    def slow(*args):
        begun.release()
        assert going.wait(60)
        return real(*args)

    monkeypatch.setattr(prober, "probe", slow)
    path = f"{PATH}/{made['id']}/test"
    with ThreadPoolExecutor(4) as pool:
        others = [pool.submit(clients["member"].post, path) for _ in range(4)]
        for _ in others:
            assert begun.acquire(timeout=60)
        refused = clients["member"].post(path)
        going.set()
        assert [each.result().status_code for each in others] == [200] * 4
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
