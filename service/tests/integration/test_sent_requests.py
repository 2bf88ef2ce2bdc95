"""What a subscriber is sent: signed, as its owner may see it, and with what its receiver wants."""

import itertools
import json
import ssl
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from cloudevents.core.formats.json import JSONFormat
from msgspec.structs import replace
from receiver import Receiver
from standardwebhooks.webhooks import Webhook
from subscribed import ADMIN, subscribe

from authority import Authority
from ledger_events import attach_or_detach, make_event
from vifcast import times
from vifcast.delivery import attempts
from vifcast.store import DeliveryQuery, DeliveryReader, Subscribing
from vifcast.subscribing.of_settings import secret_box_of
from vifcast.subscribing.signing_keys import new_secret
from vifcast.subscription.delivery import DeliveryState
from vifcast.subscription.secrets import OAuth2, Secrets, SignatureKind
from vifcast.subscription.subscription import Format, Ordering, Owner

MEMBER = Owner(
    name="alice", user_id="alice", project_id="project-1", is_system=False, roles=("reader",)
)
OPTIONS = {"delivery__allowed_networks": "127.0.0.0/8", "delivery__schedule_s": "0,0.1,0.1"}
TOKEN_LIFE_S = 3600


@pytest.fixture
def sender(serve, until):
    """A service that sends to this machine, and what became of its deliveries."""
    return sending(serve("memory://", **OPTIONS), until)


def sending(server, until):
    box = secret_box_of(server.settings)()

    def subscribed(secrets=None, **about):
        sealed = None if secrets is None else box.seal(secrets)
        return subscribe(server.store, secrets=sealed, **about)

    def deliveries(subscription):
        query = DeliveryQuery(subscriptions=(subscription.id,))
        return DeliveryReader(server.store).search(query, limit=1000, cursor=None).items

    def finished(subscription, count):
        """The deliveries, once so many are final."""
        open_states = {DeliveryState.WAITING, DeliveryState.SENDING}

        def are_final():
            found = deliveries(subscription)
            return len(found) == count and not any(each.state in open_states for each in found)

        until(are_final, timeout_s=60)
        return sorted(deliveries(subscription), key=lambda each: each.id)

    return SimpleNamespace(
        store=server.store,
        box=box,
        subscribed=subscribed,
        finished=finished,
        attempts=DeliveryReader(server.store).attempts,
    )


@pytest.fixture
def receiver():
    with Receiver() as found:
        yield found


def states(found):
    return {each.state for each in found}


def test_attempts_of_a_message_are_signed_by_every_secret_and_have_one_id(sender, receiver):
    old, new = (new_secret(SignatureKind.HMAC, times.now()) for _ in range(2))
    statuses = iter([500, 503])
    receiver.reply = lambda _: (next(statuses, 204), b"")
    subscription = sender.subscribed(Secrets(signing=(new, old)), url=receiver.url)
    sender.store.write([make_event(phase="start")], [])
    (delivery,) = sender.finished(subscription, 1)
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 3)
    assert len(receiver.received) == 3
    for request in receiver.received:
        for secret in (old, new):
            Webhook(secret.secret).verify(request.body, request.headers)
        assert request.headers["webhook-id"] == json.loads(request.body)["id"]
        assert request.headers["vifcast-subscription"] == subscription.id
    assert len({request.body for request in receiver.received}) == 1


def test_run_of_an_instance_is_one_batch(sender, receiver):
    statuses = iter([500])
    receiver.reply = lambda _: (next(statuses, 204), b"")
    events = [event for number in range(3) for event in attach_or_detach(number, at_s=10 * number)]
    subscription = sender.subscribed(
        url=receiver.url, format=Format.CLOUDEVENTS_BATCH, filter="type=interface.*"
    )
    sender.store.write(events, [])
    found = sender.finished(subscription, len(events))
    assert states(found) == {DeliveryState.DELIVERED}
    assert {each.attempts for each in found} == {2}
    first, second = receiver.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    batch = [JSONFormat().read(None, json.dumps(each).encode()) for each in json.loads(first.body)]
    assert [each.get_id() for each in batch] == [each.message_id for each in events]


def test_without_order_a_batch_has_several_instances(sender, receiver):
    events = [
        make_event(instance_id=f"instance-{number}", operation_id=f"operation-{number}")
        for number in range(30)
    ]
    subscription = sender.subscribed(
        url=receiver.url,
        format=Format.CLOUDEVENTS_BATCH,
        ordering=Ordering.NONE,
        filter="type=interface.*",
    )
    sender.store.write(events, [])
    assert states(sender.finished(subscription, 30)) == {DeliveryState.DELIVERED}
    batches = [json.loads(request.body) for request in receiver.received]
    assert max(map(len, batches)) > 1
    assert sorted(each["id"] for batch in batches for each in batch) == sorted(
        each.message_id for each in events
    )


def test_owner_without_details_is_sent_none(sender, receiver):
    subscription = sender.subscribed(
        url=receiver.url, project_id="project-1", owner=MEMBER, format=Format.CLOUDEVENTS
    )
    sender.store.write(attach_or_detach(1), [])
    assert states(sender.finished(subscription, 3)) == {DeliveryState.DELIVERED}
    for request in receiver.received:
        data = json.loads(request.body)["data"]
        assert data["port_id"] == "port-1"
        assert "compute-1" not in request.body.decode()


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"owner": replace(MEMBER, roles=())}, "may not see it any more"),
        ({"owner": replace(MEMBER, project_id="project-2")}, "is of project project-1"),
        ({"owner": MEMBER, "format": Format.NOVA}, "vifcast:host_details"),
        ({"owner": MEMBER, "filter": "type=attachment.opened host=compute-1"}, "the field host"),
        ({"owner": ADMIN, "format": Format.NOVA}, "no legacy notification that says attachment"),
    ],
)
def test_what_the_owner_may_not_see_is_cancelled_with_the_reason(sender, receiver, about, why):
    about = {"filter": "type=attachment.opened"} | about
    subscription = sender.subscribed(url=receiver.url, project_id="project-1", **about)
    sender.store.write(attach_or_detach(1), [])
    (delivery,) = sender.finished(subscription, 1)
    assert delivery.state is DeliveryState.CANCELLED
    assert why in delivery.error
    assert receiver.received == []


def test_policy_that_is_changed_counts_from_then_on(serve, until, receiver, tmp_path):
    config = tmp_path / "vifcast.conf"
    config.write_text("")
    policy = tmp_path / "policy.yaml"
    policy.write_text("")
    sender = sending(serve("memory://", None, config, **OPTIONS), until)
    subscription = sender.subscribed(url=receiver.url, project_id="project-1", owner=MEMBER)
    write_starts(sender, 0, 1)
    sender.finished(subscription, 1)
    assert len(receiver.received) == 1
    policy.write_text('"vifcast:event:list": "role:admin"\n')
    numbers = itertools.count(1)

    def is_cancelled():
        number = next(numbers)
        write_starts(sender, number, 1)
        return sender.finished(subscription, number + 1)[-1].state is DeliveryState.CANCELLED

    until(is_cancelled, timeout_s=60)


def test_static_headers_are_sent_and_do_not_replace_ours(sender, receiver):
    headers = {"X-Api-Key": "hunter2", "webhook-id": "mine", "Content-Type": "text/plain"}
    subscription = sender.subscribed(Secrets(headers=headers), url=receiver.url)
    sender.store.write([make_event(phase="start")], [])
    sender.finished(subscription, 1)
    (request,) = receiver.received
    assert request.headers["x-api-key"] == "hunter2"
    assert request.headers["webhook-id"] == json.loads(request.body)["id"]
    assert request.headers["content-type"] == "application/json"


def test_secrets_that_no_key_opens_are_the_error_of_an_attempt(sender, receiver):
    subscription = subscribe(sender.store, url=receiver.url, secrets="gAAAAABnonsense")
    sender.store.write([make_event(phase="start")], [])
    (delivery,) = sender.finished(subscription, 1)
    assert delivery.state is DeliveryState.DEAD
    assert "encryption_keys" in delivery.error
    assert receiver.received == []


def test_mistake_of_ours_is_the_error_of_an_attempt_and_holds_nothing_up(
    sender, receiver, monkeypatch
):
    made = attempts.request_of

    def fails(subscription, messages, *given, **named):
        if messages[0].phase == "start":
            raise TypeError("no JSON")
        return made(subscription, messages, *given, **named)

    monkeypatch.setattr(attempts, "request_of", fails)
    subscription = sender.subscribed(url=receiver.url, filter="type=interface.*")
    sender.store.write(attach_or_detach(1), [])
    start, end = sender.finished(subscription, 2)
    assert (start.state, start.attempts) == (DeliveryState.DEAD, 3)
    assert "a mistake of vifcast" in start.error
    assert end.state is DeliveryState.DELIVERED


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path, "receivers")


def tls_of(authority, *, clients=None, oldest=ssl.TLSVersion.TLSv1_2, newest=None):
    """A server's context, which wants clients of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.certificate_for("IP:127.0.0.1"))
    context.minimum_version = oldest
    if newest is not None:
        context.maximum_version = newest
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients.certificate)
    return context


def sent_over_tls(sender, context, secrets):
    with Receiver(tls=context) as receiver:
        subscription = sender.subscribed(secrets, url=receiver.url)
        sender.store.write([make_event(phase="start")], [])
        (delivery,) = sender.finished(subscription, 1)
        return delivery, receiver.received


def test_own_authority_is_trusted_and_the_client_certificate_shown(sender, authority, tmp_path):
    clients = Authority(tmp_path, "clients")
    certificate, key = clients.certificate_for("DNS:vifcast")
    delivery, received = sent_over_tls(
        sender,
        tls_of(authority, clients=clients),
        Secrets(
            ca_certificate=authority.certificate.read_text(),
            client_certificate=certificate.read_text(),
            client_key=key.read_text(),
        ),
    )
    assert (delivery.state, len(received)) == (DeliveryState.DELIVERED, 1)


def test_receiver_of_an_unknown_authority_is_sent_nothing(sender, authority):
    delivery, received = sent_over_tls(sender, tls_of(authority), Secrets())
    assert (delivery.state, received) == (DeliveryState.DEAD, [])
    assert "certificate" in delivery.error


def test_receiver_of_another_authority_than_the_given_one_is_sent_nothing(
    sender, authority, tmp_path
):
    other = Authority(tmp_path, "other")
    secrets = Secrets(ca_certificate=other.certificate.read_text())
    delivery, received = sent_over_tls(sender, tls_of(authority), secrets)
    assert (delivery.state, received) == (DeliveryState.DEAD, [])
    assert "certificate" in delivery.error


def test_without_client_certificate_a_receiver_that_wants_one_gets_nothing(
    sender, authority, tmp_path
):
    clients = Authority(tmp_path, "clients")
    secrets = Secrets(ca_certificate=authority.certificate.read_text())
    delivery, received = sent_over_tls(sender, tls_of(authority, clients=clients), secrets)
    assert (delivery.state, received) == (DeliveryState.DEAD, [])


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_before_1_2_is_not_spoken(sender, authority):
    old = ssl.TLSVersion.TLSv1_1
    secrets = Secrets(ca_certificate=authority.certificate.read_text())
    context = tls_of(authority, oldest=old, newest=old)
    context.set_ciphers("ALL:@SECLEVEL=0")
    delivery, received = sent_over_tls(sender, context, secrets)
    assert (delivery.state, received) == (DeliveryState.DEAD, [])


class TokenEndpoint(Receiver):
    """Gives out token-1, token-2 and so on."""

    def __init__(self, **said):
        super().__init__()
        self.said = {"token_type": "Bearer", "expires_in": TOKEN_LIFE_S} | said
        self.reply = self.token

    def token(self, _):
        token = {"access_token": f"token-{len(self.received) + 1}"} | self.said
        return 200, json.dumps(token).encode()


def oauth2(endpoint):
    return Secrets(
        oauth2=OAuth2(
            token_url=endpoint.url, client_id="vif cast", client_secret="s3:cret/%", scope="nic"
        )
    )


def write_starts(sender, first, count):
    sender.store.write(
        [
            make_event(
                phase="start", operation_id=f"operation-{number}", instance_id=f"instance-{number}"
            )
            for number in range(first, first + count)
        ],
        [],
    )


def test_access_token_is_fetched_once_and_sent_with_every_request(sender, receiver):
    with TokenEndpoint() as endpoint:
        subscription = sender.subscribed(oauth2(endpoint), url=receiver.url)
        write_starts(sender, 0, 5)
        assert states(sender.finished(subscription, 5)) == {DeliveryState.DELIVERED}
        (asked,) = endpoint.received
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["nic"],
    }
    assert asked.headers["authorization"] == "Basic dmlmK2Nhc3Q6czMlM0FjcmV0JTJGJTI1"
    assert "webhook-id" not in asked.headers
    assert {each.headers["authorization"] for each in receiver.received} == {"Bearer token-1"}


def test_token_in_json_of_windows_lines_is_read(sender, receiver):
    answer = b'{\r\n  "access_token": "token-1",\r\n  "expires_in": "3600"\r\n}\r\n'
    with Receiver(reply=lambda _: (200, answer)) as endpoint:
        subscription = sender.subscribed(oauth2(endpoint), url=receiver.url)
        write_starts(sender, 0, 1)
        assert states(sender.finished(subscription, 1)) == {DeliveryState.DELIVERED}
    assert receiver.received[0].headers["authorization"] == "Bearer token-1"


def test_token_that_is_refused_is_fetched_anew_once(sender, receiver):
    refused = {"Bearer token-1"}
    receiver.reply = lambda got: (401 if got.headers["authorization"] in refused else 204, b"")
    with TokenEndpoint() as endpoint:
        subscription = sender.subscribed(oauth2(endpoint), url=receiver.url)
        refused.clear()
        write_starts(sender, 0, 1)
        sender.finished(subscription, 1)
        refused.add("Bearer token-1")
        write_starts(sender, 1, 1)
        found = sender.finished(subscription, 2)
    assert [(each.state, each.attempts) for each in found] == [(DeliveryState.DELIVERED, 1)] * 2
    assert [each.headers["authorization"] for each in receiver.received] == [
        "Bearer token-1",
        "Bearer token-1",
        "Bearer token-2",
    ]


def test_receiver_that_refuses_every_token_costs_one_each_attempt(sender, receiver):
    receiver.status = 401
    with TokenEndpoint() as endpoint:
        subscription = sender.subscribed(oauth2(endpoint), url=receiver.url)
        write_starts(sender, 0, 1)
        (delivery,) = sender.finished(subscription, 1)
        asked = len(endpoint.received)
    assert (delivery.state, delivery.status_code) == (DeliveryState.DEAD, 401)
    assert asked <= delivery.attempts


def test_expired_token_is_not_sent(sender, receiver):
    with TokenEndpoint(expires_in=0) as endpoint:
        subscription = sender.subscribed(oauth2(endpoint), url=receiver.url)
        write_starts(sender, 0, 1)
        sender.finished(subscription, 1)
        write_starts(sender, 1, 1)
        sender.finished(subscription, 2)
    assert [each.headers["authorization"] for each in receiver.received] == [
        "Bearer token-1",
        "Bearer token-2",
    ]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ((401, b'{"error":"invalid_client"}'), "answers 401"),
        ((401, b'{"error":"invalid_client"}'), "invalid_client"),
        ((200, b"<html>"), "no JSON object with an access_token"),
        ((200, b'{"access_token":"a\\r\\nb"}'), "no JSON object with an access_token"),
        ((200, b'{"access_token":"a","token_type":"mac"}'), "other than Bearer"),
    ],
)
def test_no_token_is_the_error_of_the_attempt(sender, receiver, reply, why):
    with Receiver(reply=lambda _: reply) as endpoint:
        subscription = sender.subscribed(oauth2(endpoint), url=receiver.url)
        write_starts(sender, 0, 1)
        (delivery,) = sender.finished(subscription, 1)
        attempts = sender.attempts(delivery.id)
    assert why in delivery.error
    assert endpoint.url in delivery.error
    assert receiver.received == []
    assert not any("s3:cret" in f"{each.error}{each.answer}" for each in attempts)


def test_changed_secrets_are_used_from_then_on(sender, receiver, until):
    subscription = sender.subscribed(Secrets(headers={"X-Key": "old"}), url=receiver.url)
    write_starts(sender, 0, 1)
    sender.finished(subscription, 1)
    sealed = sender.box.seal(Secrets(headers={"X-Key": "new"}))
    assert Subscribing(sender.store).change(replace(subscription, secrets=sealed), times.now())

    def is_used():
        write_starts(sender, len(receiver.received), 1)
        sender.finished(subscription, len(receiver.received) + 1)
        return receiver.received[-1].headers["x-key"] == "new"

    until(is_used, timeout_s=60)
