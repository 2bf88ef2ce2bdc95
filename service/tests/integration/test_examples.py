"""The examples in the OpenAPI document: sent to a server, which answers as they say.

After a wanted change, VIFCAST_WRITE_EXAMPLES=1 writes what the server answers.
"""

import json
import os
import re
import threading
from base64 import b64encode
from pathlib import Path

import httpx
import jsonschema
import pytest
from subscribed import claim, finish, outcome, subscribe

import vifcast.api
from host_reports import make_report
from ledger_events import T0, attach_or_detach, make_event, make_letter, make_sighting
from notifications import body as make_body
from vifcast import times
from vifcast.api.document import read_examples
from vifcast.errors import CloudError
from vifcast.gap import Gap, GapNote, GapReason
from vifcast.model import FixedIp, Source
from vifcast.reconcile import on_request
from vifcast.reconciliation import ReconciliationState, ReconciliationStep
from vifcast.subscription.delivery import Attempt, DeliveryState

FILE = Path(vifcast.api.__file__).with_name("examples.json")

INSTANCE = "3c1f2d6e-6f0a-4b7e-9f5f-6a3c0f6f9d21"
PORT = "9a4e7a52-0f3b-4c7d-8b1e-2f1f0c9d7e11"
SPAN = "since=2026-11-22T00:00:00Z&until=2026-11-23T00:00:00Z"

# A moment of no day of the example; cursors have none.
OF_NOW = re.compile(r"20\d\d-(?!11-2[123]T)\d\d-\d\dT[\d:.]+Z")

# What is another in each process.
PROCESS = {
    "id": "0b9c61f0a4d24d6fb1f3c1c1f5a0e711", "host": "controller-1", "pid": 4711,
    "version": "0.1.0",
}  # fmt: skip

SUBSCRIPTION = "7f3a9c52-31d5-4c0b-8f4e-2b9c6d1e0a11"
ITS = f"/v1/subscriptions/{SUBSCRIPTION}"
WANTED = {
    "url": "https://cmp.example.org/hooks/nic",
    "filter": "action=attach,detach outcome=succeeded,failed",
    "headers": {"X-Api-Key": "of the receiver"},
    "description": "NICs of the CMP",
}
EXAMPLE_SECRET = f"whsec_{b64encode(b'an example of 32 random bytes...').decode()}"
# A UUID of now, a secret, a revision.
OF_SUBSCRIPTION = [
    (re.compile(r'"id": "[0-9a-f]{8}-[0-9a-f-]{27}"'), f'"id": "{SUBSCRIPTION}"'),
    (re.compile(r"whsec_[\w+/=]+"), EXAMPLE_SECRET),
    # How far a replay of nothing came by then.
    (re.compile(r'"position": \d+'), '"position": 0'),
    (re.compile(r'"revision": \d+'), '"revision": 1795262460000000'),
]

# What is asked, and of what the answer is shown; a probe's is another each time.
REQUESTS = {
    "GET /": ("/", None, True),
    "GET /v1": ("/v1", None, True),
    "GET /v1/schemas": ("/v1/schemas", None, True),
    "GET /v1/schemas/{message_type}": ("/v1/schemas/io.vifcast.test", None, False),
    "GET /v1/events": ("/v1/events?ip=192.0.2.7&phase=end&limit=1", None, True),
    "GET /v1/operations": ("/v1/operations?status=failed&network=private", None, True),
    "GET /v1/attachments": ("/v1/attachments?ip=192.0.2.7&at=2026-11-22T12:00:30Z", None, True),
    "GET /v1/gaps": (f"/v1/gaps?reason=disconnected&{SPAN}", None, True),
    "GET /v1/hosts": ("/v1/hosts?host=compute-1", None, True),
    "GET /v1/processes": ("/v1/processes", None, True),
    "GET /v1/stream": (f"/v1/stream?port={PORT}", None, False),
    "GET /v1/dead-letters": ("/v1/dead-letters?reason=not_json", None, True),
    "GET /v1/dead-letters/{letter_id}": ("/v1/dead-letters/1", None, True),
    "POST /v1/dead-letters/retry": ("/v1/dead-letters/retry", {"reason": "not_json"}, True),
    "POST /v1/dead-letters/{letter_id}/retry": ("/v1/dead-letters/2/retry", None, True),
    "POST /v1/dead-letters/purge": (
        "/v1/dead-letters/purge", {"reason": "not_utf8", "received_before": "30d"}, True,
    ),
    "DELETE /v1/dead-letters/{letter_id}": ("/v1/dead-letters/1", None, False),
    "POST /v1/reconciliations": ("/v1/reconciliations", {"fix": False}, True),
    "GET /v1/reconciliations": ("/v1/reconciliations?limit=1", None, True),
    "GET /v1/reconciliations/{reconciliation_id}": ("/v1/reconciliations/1", None, True),
    "POST /v1/subscriptions": ("/v1/subscriptions", WANTED, True),
    "GET /v1/subscriptions": ("/v1/subscriptions?limit=1", None, True),
    "GET /v1/subscriptions/{subscription_id}": (ITS, None, True),
    "PATCH /v1/subscriptions/{subscription_id}": (ITS, {"rate_per_s": 50}, True),
    "POST /v1/subscriptions/{subscription_id}/pause": (f"{ITS}/pause", None, True),
    "POST /v1/subscriptions/{subscription_id}/test": (f"{ITS}/test", None, False),
    "POST /v1/subscriptions/{subscription_id}/rotate-secret": (
        f"{ITS}/rotate-secret", {"overlap_s": 3600}, True,
    ),
    "GET /v1/deliveries": (
        f"/v1/deliveries?subscription={SUBSCRIPTION}&state=delivered&limit=1", None, True,
    ),
    "GET /v1/deliveries/{delivery_id}": ("/v1/deliveries/1", None, True),
    "GET /v1/deliveries/{delivery_id}/attempts": ("/v1/deliveries/1/attempts", None, True),
    "POST /v1/deliveries/{delivery_id}/redeliver": ("/v1/deliveries/1/redeliver", None, True),
    "POST /v1/deliveries/redeliver": ("/v1/deliveries/redeliver", {"ids": [1]}, True),
    "POST /v1/subscriptions/{subscription_id}/recover": (
        f"{ITS}/recover", {"since": "2026-11-22T00:00:00Z"}, True,
    ),
    "POST /v1/subscriptions/{subscription_id}/replays": (
        f"{ITS}/replays", {"since": "2026-11-21T00:00:00Z", "until": "2026-11-22T00:00:00Z"}, True,
    ),
    "DELETE /v1/replays/{replay_id}": ("/v1/replays/1", None, True),
    "GET /v1/replays/{replay_id}": ("/v1/replays/1", None, True),
    "GET /v1/subscriptions/{subscription_id}/replays": (f"{ITS}/replays", None, True),
    "POST /v1/subscriptions/{subscription_id}/resume": (f"{ITS}/resume", None, True),
    "DELETE /v1/subscriptions/{subscription_id}": (ITS, None, False),
    "GET /v1/statistics": (f"/v1/statistics?{SPAN}&group_by=host", None, True),
    "GET /v1/instances/{instance_id}/timeline": (
        f"/v1/instances/{INSTANCE}/timeline?{SPAN}", None, True,
    ),
    "GET /v1/ports/{port_id}/timeline": (f"/v1/ports/{PORT}/timeline?{SPAN}&limit=2", None, True),
    "GET /healthz": ("/healthz", None, False),
    "GET /readyz": ("/readyz", None, False),
    "GET /metrics": ("/metrics", None, False),
}  # fmt: skip


@pytest.fixture
def server(serve, monkeypatch, until):
    """One that knows a NIC, a failure and a bit of everything else."""
    ended = threading.Event()

    def waits(name, region):
        ended.wait(60)
        raise CloudError(f"cloud {name} is not asked in this test (region {region})")

    monkeypatch.setattr(on_request, "open_cloud", waits)
    server = serve("memory://", reconcile__cloud="mycloud")
    address = (FixedIp("192.0.2.7", 4, "192.0.2.0/24"),)
    about = {
        "instance_id": INSTANCE, "port_id": PORT, "fixed_ips": address,
        "message_id": "9e5d2a30-6f2d-4a86-8d0b-1b1d6f0a0001",
    }  # fmt: skip
    failed = {
        "operation_id": "failed", "phase": "error", "instance_id": INSTANCE, "port_id": "port-2",
        "error_class": "PortInUse", "error_message": "Port port-2 is still in use.",
        "message_id": "9e5d2a30-6f2d-4a86-8d0b-1b1d6f0a0003", "at_s": 70,
    }  # fmt: skip
    start, end = attach_or_detach(1, at_s=10, **about)
    gap = Gap(
        from_at=T0, to_at=end.occurred_at, reason=GapReason.DISCONNECTED,
        sources=(Source.NOVA_FAULT,), hosts=None, detail="the broker did not answer",
    )  # fmt: skip
    store = server.store
    readable = make_letter(make_body(), sha256="b" * 64, reason_code="version_unknown")
    unreadable = make_letter(b"{", sha256="a" * 64, reason="it is no JSON")
    removed = {"message_id": "9e5d2a30-6f2d-4a86-8d0b-1b1d6f0a0004", "instance_id": INSTANCE}
    subscription = subscribe(
        store, id=SUBSCRIPTION, state="paused", filter="type=interface.attached",
        url=WANTED["url"], description="NICs of the CMP", format="cloudevents",
    )  # fmt: skip
    store.write(
        [
            start,
            make_event(**about | {"message_id": "9e5d2a30-6f2d-4a86-8d0b-1b1d6f0a0002"}, at_s=11,
                       operation_id="operation-1"),
            make_event(**failed),
            make_sighting(action="delete", at_s=80, **removed),
        ],
        [unreadable, readable],
        [make_report(at_s=5, message_id="report-2")],
    )  # fmt: skip
    ((delivery,),) = claim(store, subscription, times.now())
    attempt = Attempt(
        delivery_id=delivery.id, number=1, started_at=T0, duration_ms=12, status_code=204,
        error=None, answer="", address="203.0.113.9",
    )  # fmt: skip
    done = outcome(delivery, DeliveryState.DELIVERED, attempt=attempt, status_code=204,
                   finished_at=T0)  # fmt: skip
    finish(store, subscription, [done], [delivery.line], times.now())
    store.keep_gaps("vifcast", [GapNote("queue:vifcast:nova", gap)], {})
    number, _ = store.start_reconciliation(
        T0, cloud="mycloud", project_id=None, fixes=False, requested_by="token 1f3a"
    )
    store.update_reconciliation(
        number, state=ReconciliationState.SUCCEEDED, step=ReconciliationStep.DONE,
        finished_at=end.occurred_at, report={"differences": 0, "fixed": 0},
    )  # fmt: skip
    until(lambda: httpx.get(f"{server.url}readyz").status_code == 200)
    # It reports what it found on the broker: no exchange of Nova's is there.
    until(lambda: any(each.brokers[0].warning for each in store.processes()))
    yield server
    ended.set()


@pytest.fixture
def answers(server):
    """Each request with what the server answered, in the order of the table."""
    found = {}
    with httpx.Client(base_url=server.url) as client:
        document = client.get("/openapi.json").json()
        for name, (path, body, is_shown) in REQUESTS.items():
            method = name.partition(" ")[0]
            # Only what is shown is read: the stream does not end.
            with client.stream(method, path, **({} if body is None else {"json": body})) as answer:
                shown = steady(json.loads(answer.read()), server.url) if is_shown else None
            found[name] = {
                "path": path, "body": body, "status": answer.status_code, "answer": shown,
            }  # fmt: skip
    return document, found


def steady(answer, url):
    """The same whenever it is asked: what is of now becomes a moment of the example."""
    text = json.dumps(answer).replace(url, "http://127.0.0.1:8733/")
    for pattern, instead in OF_SUBSCRIPTION:
        text = pattern.sub(instead, text)
    found = json.loads(OF_NOW.sub("2026-11-22T12:01:00.000000Z", text))
    for item in found.get("items", ()):
        if "pid" in item:
            item.update(PROCESS)
    return found


def test_every_endpoint_has_an_example(answers):
    document, _ = answers
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert set(operations) == set(REQUESTS)
    assert all("x-codeSamples" in operation for operation in operations.values())


def test_server_answers_as_the_examples_say(answers):
    _, found = answers
    if os.environ.get("VIFCAST_WRITE_EXAMPLES"):
        FILE.write_text(json.dumps(found, indent=1) + "\n")
    examples = read_examples()
    for name, example in found.items():
        assert example == examples.get(name), name
    assert found.keys() == examples.keys()


def test_examples_are_of_the_documented_shape(answers):
    document, found = answers
    for name, example in found.items():
        method, path = name.split(" ")
        responses = document["paths"][path][method.lower()]["responses"]
        assert str(example["status"]) in responses, name
        if example["answer"] is not None:
            schema = responses[str(example["status"])]["content"]["application/json"]["schema"]
            jsonschema.validate(example["answer"], schema | {"components": document["components"]})
