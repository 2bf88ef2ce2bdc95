"""What no database takes stops nothing: it becomes a dead letter, and the rest is stored."""

import uuid
from contextlib import closing

from notifications import body, interface, payload
from vifcast.config import load_settings
from vifcast.serve import Server
from vifcast.store import AttachmentQuery, DeadLetterQuery

REFUSING = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no such thing' USING ERRCODE = '22000'; END $$;
CREATE TRIGGER refusing BEFORE INSERT ON event FOR EACH ROW
WHEN (NEW.port_id = 'poison') EXECUTE FUNCTION refuse()
"""


def test_notification_that_the_database_refuses_is_a_dead_letter(
    postgresql, vhost, publish, until, tmp_path
):
    postgresql.create("refusing")
    conf = tmp_path / "vifcast.conf"
    conf.write_text(f"[database]\nconnection = {postgresql.url('refusing')}\n")
    settings = load_settings(
        conf, {"ingest.transport_url": vhost.transport_url, "api.listen": "127.0.0.1:0"}
    )
    server = Server(settings)
    with server:
        until(server.state.is_healthy)
        with postgresql.connect("refusing") as connection, closing(connection.cursor()) as cursor:
            cursor.execute(REFUSING)
            connection.commit()
        for number in range(300):
            port_id = "poison" if number in (7, 200) else f"port-{number}"
            nic = interface(port_id=port_id, operation_id=str(uuid.UUID(int=number)))
            publish(body(payload=payload(interface=nic), _context_request_id=str(number)))
        until(
            lambda: (
                server.store.last_event_id()
                and sum(server.store.dead_letters_by_reason().values()) == 2
            )
        )
        until(lambda: len(server.store.attachments(AttachmentQuery(), limit=1000).items) == 298)
        letters = server.store.dead_letters(DeadLetterQuery()).items
        assert {letter.reason_code for letter in letters} == {"store_refused"}
        assert all("no such thing" in letter.reason for letter in letters)
        assert server.state.is_healthy()
        # Acknowledged after it is stored.
        until(lambda: vhost.queue_depth("vifcast") == 0)
