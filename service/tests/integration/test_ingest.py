import datetime as dt
import json
import logging
import sqlite3
import uuid
from pathlib import Path

import httpx
from click.testing import CliRunner
from nova_notifications import failed_call

from notifications import CATALOG_URL, PORT, TOKEN, bad_bodies, body, interface, payload
from vifcast.cli.main import main
from vifcast.model import Status
from vifcast.store import AttachmentQuery, DeadLetterQuery, EventQuery, OperationQuery
from vifcast.store.tables.finality import raise_horizon

SAMPLES = Path(__file__).parents[3] / "contract" / "samples"
ATTACH = "compute.instance.interface_attach"


def nic(number=0, **changes):
    """A payload about a NIC and an operation of its own."""
    return payload(
        interface=interface(
            operation_id=str(uuid.UUID(int=number)), port_id=str(uuid.UUID(int=number)), **changes
        )
    )


def test_nic_notifications_become_events_operations_and_attachments(serve, vhost, publish, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    publish(body(f"{ATTACH}.start", timestamp="2026-11-22 13:00:00"))
    publish(body(f"{ATTACH}.end", timestamp="2026-11-22 13:00:02"))
    until(lambda: server.store.last_event_id() == 2)
    (operation,) = server.store.operations(OperationQuery()).items
    assert (operation.status, operation.duration_ms) == (Status.SUCCEEDED, 2000)
    (attachment,) = server.store.attachments(AttachmentQuery(ip="192.0.2.7")).items
    assert attachment.port_id == PORT
    until(lambda: vhost.queue_depth("vifcast") == 0)


def test_operation_on_another_host_moves_the_other_nics_of_the_instance(
    serve, vhost, publish, until, tmp_path
):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    for number, host in ((1, "compute-1"), (2, "compute-2")):
        for phase in ("start", "end"):
            publish(
                body(
                    f"{ATTACH}.{phase}",
                    payload=nic(number),
                    publisher_id=f"compute.{host}",
                    timestamp=f"2026-11-22 13:0{number}:0{phase == 'end':d}",
                    _context_request_id=f"req-{number}",
                )
            )
    until(lambda: server.store.last_event_id() == 4)
    moved_at = "2026-11-22T13:02:00.000000Z"
    expected = [
        {"compute_host": "compute-1", "since_at": None, "until_at": moved_at},
        {"compute_host": "compute-2", "since_at": moved_at, "until_at": None},
    ]
    port = str(uuid.UUID(int=1))
    with httpx.Client(base_url=server.url) as client:
        for host, at, count in (
            ("compute-1", "13:01:30", 1),
            ("compute-1", "13:02:30", 0),
            ("compute-2", "13:02:30", 2),
        ):
            asked = {"host": host, "at": f"2026-11-22T{at}Z"}
            assert len(client.get("/v1/attachments", params=asked).json()["items"]) == count
        (attachment,) = client.get("/v1/attachments", params={"port": port}).json()["items"]
    assert (attachment["compute_host"], attachment["hosts"]) == ("compute-2", expected)
    history = CliRunner().invoke(
        main, ["history", "--port", port, "--json"], env={"VIFCAST_DATA_DIR": str(tmp_path)}
    )
    (attachment,) = json.loads(history.stdout)["attachments"]
    assert attachment["hosts"] == expected


def test_notification_from_before_the_horizon_counts_as_too_old(serve, vhost, publish, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    with server.store.writing() as connection:
        raise_horizon(connection, dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    old = body(payload=nic(1), timestamp="2026-11-21 23:59:59.999999")
    new = body(payload=nic(2), timestamp="2026-11-22 00:00:00")

    def counted(outcome):
        return server.metrics.notifications.labels("default", outcome)._value.get()

    # Twice, and each time in a batch of its own: a second copy in one batch is a duplicate.
    for number in (2, 4):
        publish(old)
        publish(new)
        until(
            lambda number=number: (
                counted("stored") + counted("duplicate") + counted("too_old") == number
            )
        )
    assert (counted("stored"), counted("duplicate"), counted("too_old")) == (1, 1, 2)
    assert len(server.store.events(EventQuery()).items) == 1


def test_errors_are_read_from_their_own_routing_key(serve, vhost, publish, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    publish(
        body(f"{ATTACH}.error", payload=payload(interface=interface(), exception="PortInUse()")),
        "notifications.error",
    )
    until(lambda: server.store.last_event_id() == 1)
    assert server.store.newest_events(1)[0].error_class == "PortInUse"


def test_every_bad_body_is_a_dead_letter_and_the_good_ones_around_it_arrive(
    serve, vhost, publish, until, caplog
):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    bodies = bad_bodies()
    publish(body(payload=nic(0)))
    for number, bad in enumerate(bodies.values(), 1):
        publish(bad)
        publish(body(payload=nic(number)))
    until(lambda: server.store.last_event_id() == len(bodies) + 1)
    until(lambda: vhost.queue_depth("vifcast") == 0)
    letters = server.store.dead_letters(DeadLetterQuery()).items
    assert {letter.reason_code for letter in letters} == set(bodies)
    for letter in letters:
        assert letter.size == len(bodies[letter.reason_code])
        assert len(letter.body) <= 65536
        assert letter.reason in caplog.text


def test_redelivered_and_repeated_notifications_are_stored_once(serve, vhost, publish, until):
    once = body(payload=nic(1))
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    publish(once)
    until(lambda: server.store.last_event_id() == 1)
    server.stop()
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    publish(once)
    publish(body(payload=nic(2)))
    until(lambda: len(server.store.events_after(0, 10)) == 2)
    metrics = httpx.get(f"{server.url}metrics").text
    assert 'outcome="duplicate"} 1.0' in metrics


def test_server_that_only_versioned_notifications_say_is_deleted_keeps_no_nic(
    serve, vhost, publish, until
):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    for what in ("create", "delete"):
        sample = SAMPLES / f"nova-34-instance-{what}-end.json"
        publish(sample.read_bytes(), "versioned_notifications.info")
    until(lambda: server.store.last_event_id() == 2)
    attachments = httpx.get(f"{server.url}v1/attachments").json()["items"]
    assert attachments
    assert all(each["detached_at"] for each in attachments)


def test_notifications_wait_in_the_queue_while_the_service_is_away(serve, vhost, publish, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    server.stop()
    for number in range(5):
        publish(body(payload=nic(number)))
    server = serve(vhost.transport_url)
    until(lambda: server.store.last_event_id() == 5)


def test_what_is_not_about_nics_is_skipped_and_acknowledged(serve, vhost, publish, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    for _ in range(50):
        publish(body("compute.instance.update"))
    until(lambda: 'outcome="skipped"} 50.0' in httpx.get(f"{server.url}metrics").text)
    until(lambda: vhost.queue_depth("vifcast") == 0)
    assert server.store.last_event_id() == 0


def test_new_events_are_handed_over_in_order_with_their_ids(serve, vhost, publish, until):
    seen = []
    server = serve(vhost.transport_url, on_events=seen.extend)
    until(server.state.is_healthy)
    for number in range(300):
        publish(body(payload=nic(number)))
    until(lambda: len(seen) == 300)
    assert [event.id for event in seen] == list(range(1, 301))
    assert [event.port_id for event in seen] == [str(uuid.UUID(int=n)) for n in range(300)]


def test_credentials_are_nowhere(serve, vhost, publish, until, database, caplog):
    caplog.set_level(logging.DEBUG, "vifcast")
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    publish(body())
    publish(failed_call())
    publish(body()[:-500])
    publish(failed_call()[:-20])
    publish(json.dumps({"_context_auth_token": TOKEN, "x": 1}).encode())
    until(
        lambda: (
            server.store.last_event_id() == 2
            and sum(server.store.dead_letters_by_reason().values()) == 3
        )
    )
    url = server.url
    shown = "".join(
        httpx.get(url + path).text
        for path in (
            "", "v1/events", "v1/operations", "v1/attachments", "v1/hosts", "v1/dead-letters",
            "metrics", "healthz",
        )
    )  # fmt: skip
    server.stop()
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    for secret in (TOKEN, CATALOG_URL):
        assert secret not in caplog.text
        assert secret not in shown
        assert secret.encode() not in database.read_bytes()


def test_deleted_queue_is_made_again(serve, vhost, publish, until):
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    publish.channel.queue_delete("vifcast")
    until(lambda: server.state.problem)
    until(server.state.is_healthy)
    publish(body())
    until(lambda: server.store.last_event_id() == 1)


def test_received_time_is_now(serve, vhost, publish, until):
    before = dt.datetime.now(dt.UTC)
    server = serve(vhost.transport_url)
    until(server.state.is_healthy)
    publish(body())
    until(lambda: server.store.last_event_id() == 1)
    (event,) = server.store.newest_events(1)
    assert before <= event.received_at <= dt.datetime.now(dt.UTC)
