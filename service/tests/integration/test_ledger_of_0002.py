"""A database of schema 0002, once upgraded, has the ledger of one that heard it all anew."""

import datetime as dt
import random
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

from histories import everything
from notifications import body, interface, payload
from vifcast.model import Event
from vifcast.notification.interpret import interpret
from vifcast.store import EventQuery, Location, Store
from vifcast.store.projection import rebuild

T0 = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def event_of(number: int, phase: str, at_s: float, *, named: bool, action: str = "attach", **about):
    """One of the six notifications, from vifcast-nova or (not ``named``) a hand-patched Nova."""
    instance = f"instance-{number % 7}"
    nic = interface(
        operation_id=str(uuid.UUID(int=(number << 1) + (action == "attach"))),
        port_id=f"port-{number % 40}",
        mac_address=f"fa:16:3e:00:00:{number % 40:02x}",
        **about,
    )
    occurred_at = T0 + dt.timedelta(seconds=at_s)
    failed = {"exception": "PortInUse('x')", "message": "in use"} if phase == "error" else {}
    key = {"interface": nic} if named else {}
    event = interpret(
        body(
            f"compute.instance.interface_{action}.{phase}",
            payload=payload(instance_id=instance, **failed, **key),
            timestamp=f"{occurred_at:%Y-%m-%d %H:%M:%S.%f}",
            _context_request_id=f"req-{number}",
        ),
        occurred_at,
        1 << 20,
    )
    assert isinstance(event, Event)
    return event


def history():
    """Attaches and detaches; two sources report each third one, one source the others."""
    events = []
    for number in range(120):
        at_s = number * 10
        sources = [(True,), (False,), (True, False)][number % 3]
        end = "error" if number % 11 == 0 else "end"
        for named in sources:
            # Their words come a little apart.
            late = 0 if named else 0.25
            events += [
                event_of(number, "start", at_s + late, named=named),
                event_of(number, end, at_s + 2 + late, named=named),
            ]
            if number % 4:
                events.append(
                    event_of(number, "end", at_s + 5 + late, named=named, action="detach")
                )
        if number % 5 == 0:
            about = {"cause": "port_deleted", "action": "detach"}
            events.append(event_of(number + 1000, "end", at_s + 8, named=True, **about))
    random.Random(2).shuffle(events)  # noqa: S311 - the same every time
    return events


def write_0002(database: Path, fresh: Path, events: list[Event]) -> None:
    """The events of ``fresh`` as the release of that schema stored them.

    To that release each source's operation was one of its own.
    """
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executescript(Path(__file__).with_name("schema_0002.sql").read_text())
        connection.execute("ATTACH ? AS fresh", (str(fresh),))
        connection.execute("DELETE FROM event_ip")
        connection.execute("DELETE FROM event")
        for table in ("event", "event_ip"):
            columns = connection.execute(f"PRAGMA main.table_info({table})")
            names = ", ".join(name for _, name, *_ in columns)
            connection.execute(f"INSERT INTO {table} SELECT {names} FROM fresh.{table}")  # noqa: S608
        connection.executemany(
            "UPDATE event SET operation_id = ? WHERE message_id = ?",
            [(event.operation_id, event.message_id) for event in events],
        )


def test_upgraded_database_has_the_ledger_of_a_fresh_one(database, tmp_path, monkeypatch):
    monkeypatch.setattr(rebuild, "_EVENTS", 50)
    events = history()
    fresh_file = tmp_path / "fresh.sqlite3"
    with closing(Store.open_for_writing(Location.of_file(fresh_file))) as fresh:
        fresh.write(events, [])
        expected = everything(fresh)
        heard = fresh.events(EventQuery(), limit=1000).items
        write_0002(database, fresh_file, events)
    # Twins became one, and there is enough of everything.
    operations, attachments = expected
    assert len({each.operation_id for each in events}) > len(operations) > 200
    assert len(attachments) > 50
    assert len(heard) == len(events)
    with closing(Store.open_for_writing(Location.of_file(database))) as upgraded:
        assert everything(upgraded) == expected
        assert upgraded.events(EventQuery(), limit=1000).items == heard
