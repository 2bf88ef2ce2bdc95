"""Deliveries and times of the past, sent once more over HTTP, and who may do that."""

import datetime as dt

import pytest
from receiver import Receiver
from subscribed import subscribe
from subscriber_fixtures import clients_of

from ledger_events import T0, attach_or_detach
from vifcast import times
from vifcast.token import Role

WHO = {
    "reader": (Role.READER, "project-1"),
    "member": (Role.MEMBER, "project-1"),
    "other": (Role.MEMBER, "project-2"),
}
SINCE = times.to_text(T0 - dt.timedelta(days=1))


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def server(serve):
    return serve("memory://", api__auth="token", delivery__allowed_networks="127.0.0.0/8")


@pytest.fixture
def clients(server):
    with clients_of(server, WHO) as clients:
        yield clients


def made(clients, receiver, *, is_paused=False, **body):
    answer = clients["member"].post("/v1/subscriptions", json={"url": receiver.url} | body)
    assert answer.status_code == 201, answer.text
    path = f"/v1/subscriptions/{answer.json()['id']}"
    if is_paused:
        clients["member"].post(f"{path}/pause")
    return path


def received(receiver):
    return [each.headers.get("webhook-id") for each in receiver.received]


def test_past_is_sent_to_a_new_subscription_and_marked(server, clients, receiver, until):
    server.store.write(attach_or_detach(1), [])
    path = made(clients, receiver) + "/replays"
    answer = clients["member"].post(path, json={"since": SINCE})
    assert answer.status_code == 201, answer.text
    location = answer.headers["location"]

    def done():
        found = clients["reader"].get(location).json()
        return found["state"] == "done" and found["delivered"] == 3 and found

    until(done, 60)
    assert done()["scheduled"] == 3
    assert {each.headers.get("vifcast-replay") for each in receiver.received} == {
        str(answer.json()["id"])
    }
    (listed,) = clients["reader"].get(path).json()["items"]
    assert listed["id"] == answer.json()["id"]


def test_delivery_is_sent_once_more_with_its_id(server, clients, receiver, until):
    subscription = made(clients, receiver, filter="phase=end")
    server.store.write(attach_or_detach(1), [])
    until(lambda: len(receiver.received) == 1, 60)
    listed = {"subscription": subscription.rpartition("/")[2], "state": "delivered"}
    until(lambda: clients["reader"].get("/v1/deliveries", params=listed).json()["items"], 60)
    (delivery,) = clients["reader"].get("/v1/deliveries", params=listed).json()["items"]
    path = f"/v1/deliveries/{delivery['id']}/redeliver"
    assert clients["reader"].post(path).status_code == 403
    assert clients["other"].post(path).status_code == 404
    assert clients["member"].post(path).json() == {"ids": [delivery["id"]]}
    until(lambda: len(receiver.received) == 2, 60)
    assert len(set(received(receiver))) == 1
    both = {"ids": [delivery["id"]]}
    assert clients["member"].post("/v1/deliveries/redeliver", json=both).json() == both
    until(lambda: len(receiver.received) == 3, 60)
    assert clients["member"].post("/v1/deliveries/999/redeliver").status_code == 404


def test_cancelled_replay_is_shown_as_such(server, clients, receiver):
    server.store.write(attach_or_detach(1), [])
    path = made(clients, receiver, is_paused=True) + "/replays"
    started = clients["member"].post(path, json={"since": SINCE}).json()
    replay = f"/v1/replays/{started['id']}"
    assert clients["other"].get(replay).status_code == 404
    assert clients["other"].delete(replay).status_code == 404
    assert clients["reader"].delete(replay).status_code == 403
    assert clients["member"].delete(replay).json()["state"] == "cancelled"
    assert clients["member"].get(replay).json()["waiting"] == 0
    assert receiver.received == []


def test_one_replay_of_a_subscription_runs_at_a_time(server, clients, receiver):
    events = [
        each
        for number in range(400)
        for each in attach_or_detach(number, at_s=number, port_id=f"p{number}")
    ]
    server.store.write(events, [])
    path = made(clients, receiver, is_paused=True) + "/replays"
    assert clients["member"].post(path, json={"since": SINCE}).status_code == 201
    again = clients["member"].post(path, json={"since": SINCE})
    assert again.status_code == 409
    assert "cancel it" in again.json()["detail"]


@pytest.mark.parametrize("project", ["project-1", None])
def test_what_is_anothers_is_not_there(server, clients, receiver, project):
    path = made(clients, receiver)
    if project is None:
        path = f"/v1/subscriptions/{subscribe(server.store).id}"
    who = clients["other"]
    assert who.post(f"{path}/replays", json={"since": SINCE}).status_code == 404
    assert who.post(f"{path}/recover", json={"since": SINCE}).status_code == 404
    assert who.get(f"{path}/replays").status_code == 404
    assert clients["reader"].post(f"{path}/recover", json={"since": SINCE}).status_code == 403
    status = 404 if project is None else 200
    recovered = clients["member"].post(f"{path}/recover", json={"since": SINCE})
    assert recovered.status_code == status


def test_times_that_make_no_sense_are_refused(server, clients, receiver):
    path = made(clients, receiver) + "/replays"
    answer = clients["member"].post(path, json={"since": "2100-01-01T00:00:00Z"})
    assert answer.status_code == 422
    assert "nothing of the future" in answer.text
