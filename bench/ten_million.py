"""A store with ten million events, and NICs in it to ask for."""

import datetime as dt
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import bare, many
from vifcast.store import Location, Store
from vifcast.store.backends import schema_version
from vifcast.store.backends.engine import writer_engine

EVENTS = 10_000_000
_CACHE = Path(__file__).parent.parent / ".cache" / "bench"
_SEED = 34


@dataclass(frozen=True)
class Asked:
    """A NIC as the question names it."""

    ip: str
    at: dt.datetime
    port: str
    instance: str


def sqlite_file() -> Path:
    """An SQLite file, kept for the next time."""
    path = _CACHE / f"{schema_version.NEWEST}-{EVENTS}.sqlite3"
    if not path.exists():
        _CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_CACHE) as directory:
            unfinished = Path(directory, path.name)
            fill(Location.of_file(unfinished)).close()
            unfinished.rename(path)
    return path


def fill(location: Location) -> Store:
    """An empty database, filled."""
    store = Store.open_for_writing(location)
    engine = writer_engine(location)
    many.fill(store, engine, EVENTS)
    engine.dispose()
    return store


def questions(driver: bare.Driver, count: int) -> list[Asked]:
    """NICs here and there, a second after they were attached."""
    anywhere = random.Random(_SEED)  # noqa: S311  nothing secret about it
    found = []
    while len(found) < count:
        (event,) = driver.rows(bare.EVENT, anywhere.randint(1, EVENTS))
        if event["event_type"] == "compute.instance.interface_attach.end":
            at = event["occurred_at"].replace(tzinfo=dt.UTC) + dt.timedelta(seconds=1)
            ip = event["fixed_ips"][0]["ip_address"]
            found.append(Asked(ip, at, event["port_id"], event["instance_id"]))
    return found
