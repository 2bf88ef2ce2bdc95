"""Sends webhooks: ``python -m bench.delivery_child vifcast|bare PORT SUBSCRIPTIONS COUNT``.

``vifcast``: ``COUNT`` deliveries that are in a database on disk already, signed. ``bare``: a loop
of the same client over the same bodies, as many at once, unsigned. Ends with its standard input.
"""

import asyncio
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import aiohttp
from subscribed import subscribe

from bench import bodies
from vifcast import times
from vifcast.config import Settings, load_settings
from vifcast.delivery.deliverer import Deliverer
from vifcast.delivery.formats import request_of
from vifcast.identity.policy import Policy, View
from vifcast.model import Event
from vifcast.notification.interpret import interpret
from vifcast.secret_box import SecretBox
from vifcast.store import Dispatch, Location, Store
from vifcast.subscription.secrets import Secrets, SignatureKind, SigningSecret
from vifcast.subscription.subscription import Format

_BATCH = 1000
_SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_KEY = "T" * 43 + "="


def main(name: str, port: int, subscriptions: int, count: int) -> None:
    """Send them."""
    with tempfile.TemporaryDirectory(prefix="vifcast-bench-") as directory:
        conf = Path(directory, "vifcast.conf")
        conf.write_text("")
        settings = load_settings(conf, {"delivery.allowed_networks": "127.0.0.0/8"})
        box = SecretBox([_KEY])
        with closing(Store.open_for_writing(Location.of_file(Path(directory, "db")))) as store:
            _fill(store, box, port, subscriptions, count // subscriptions)
            if name == "bare":
                asyncio.run(_bare(store, settings, subscriptions))
            else:
                _deliver(store, settings, box)


def _fill(store: Store, box: SecretBox, port: int, subscriptions: int, events: int) -> None:
    signing = SigningSecret(kind=SignatureKind.HMAC, secret=_SECRET, created_at=times.now())
    for number in range(subscriptions):
        subscribe(
            store,
            url=f"http://127.0.0.1:{port}/{number}",
            format=Format.CLOUDEVENTS,
            filter="type=interface.*",
            secrets=box.seal(Secrets(signing=(signing,))),
        )
    found = (interpret(body, times.now(), 1 << 20) for body in bodies.about_nics(events))
    while batch := [event for event in islice(found, _BATCH) if isinstance(event, Event)]:
        store.write(batch, [])


def _deliver(store: Store, settings: Settings, box: SecretBox) -> None:
    stopping = threading.Event()
    deliverer = Deliverer(
        store, settings.delivery, Policy(settings.config_file), lambda: box, stopping
    )
    thread = threading.Thread(target=deliverer.run)
    thread.start()
    sys.stdin.read()
    stopping.set()
    thread.join()


async def _bare(store: Store, settings: Settings, subscriptions: int) -> None:
    at_once = min(settings.delivery.in_flight * subscriptions, settings.delivery.in_flight_total)
    requests = _requests(store)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def send() -> None:
            for url, body in requests:
                async with session.post(
                    url, data=body, headers={"Content-Type": "application/json"}
                ) as response:
                    await response.read()

        await asyncio.gather(*(send() for _ in range(at_once)))


def _requests(store: Store) -> Iterator[tuple[str, bytes]]:
    """Every body to every subscription, made before the first is sent."""
    subscribed = Dispatch(store).subscriptions()
    view = View(None, has_details=True)
    events = store.events_after(0, 1_000_000)
    sent = [
        (each.url, request_of(each, [event], view).body) for event in events for each in subscribed
    ]
    return iter(sent)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
