"""``Client``: what can be asked of the API, as Python."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Self
from urllib.parse import quote

from keystoneauth1.adapter import Adapter
from keystoneauth1.session import Session
from keystoneauth1.token_endpoint import Token

from vifcast import decoding
from vifcast.client.address import base_url, checked_token
from vifcast.client.connection import Connection
from vifcast.client.paged import AT_ONCE, Filter, Page, page_of, params_of, text_of
from vifcast.client.stream import Follower, OnBreak, StreamItem, logged
from vifcast.client.subscriptions import SubscriptionCalls
from vifcast.errors import InvalidValueError
from vifcast.gap import Gap
from vifcast.host import Host
from vifcast.model import Attachment, DeadLetter, Event, Operation
from vifcast.retried import Retried
from vifcast.statistics import Statistics
from vifcast.version import __version__

# In Keystone's catalogue.
SERVICE_TYPE = "nic-ledger"

TIMEOUT_S = 60.0

# Reading them again takes longer.
_RETRIED_AT_ONCE = 100


class Client(SubscriptionCalls):
    """One vifcast, asked over HTTP.

    Without a token it asks one whose ``[api] auth`` is ``none``. ``cacert`` is a file with the
    certificates to trust instead of those of certifi; ``timeout_s`` is for each answer.

    The filters of every method are the parameters of docs/api.md by the same names; a datetime
    and a member of an enumeration do as well as their text, None is no filter. Every method
    raises AccessDeniedError, NotFoundError, InvalidValueError, ConflictError or ApiError.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        cacert: str | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        url = base_url(url)
        auth = Token(url, checked_token(token)) if token is not None else None
        session = Session(
            auth=auth,
            verify=cacert or True,
            timeout=timeout_s,
            app_name="vifcast",
            app_version=__version__,
        )
        self._connection = Connection(Adapter(session, endpoint_override=url), url)

    @classmethod
    def from_cloud(
        cls,
        name: str,
        *,
        url: str | None = None,
        cacert: str | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Self:
        """Of a cloud in clouds.yaml: with its credentials, at the address in its catalogue.

        ``url`` is for a catalogue that has no ``nic-ledger``.
        """
        # Imported here: openstacksdk takes a second, which only this needs.
        from vifcast.client.cloud import adapter_of  # noqa: PLC0415

        adapter = adapter_of(name, SERVICE_TYPE, cacert, timeout_s)
        return cls.over(adapter, f"cloud {name}", url)

    @classmethod
    def from_session(
        cls,
        session: Session,
        *,
        url: str | None = None,
        region_name: str | None = None,
        interface: str | None = None,
    ) -> Self:
        """Over a session of keystoneauth1, as openstackclient has one."""
        adapter = Adapter(
            session, service_type=SERVICE_TYPE, region_name=region_name, interface=interface
        )
        return cls.over(adapter, "the cloud", url)

    @classmethod
    def over(cls, adapter: Adapter, named: str, url: str | None = None) -> Self:
        """Over an adapter of keystoneauth1, which knows credentials and address."""
        client = cls.__new__(cls)
        if url is not None:
            adapter.endpoint_override = base_url(url)
        client._connection = Connection(adapter, named)  # noqa: SLF001 (our own)
        return client

    @property
    def url(self) -> str:
        """The address, from the catalogue if it was not given."""
        return self._connection.url

    def close(self) -> None:
        """Give back the connections."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def events(self, **filters: Filter) -> Iterator[Event]:
        """Notifications about NICs, normalised, newest first; ``order`` may say otherwise."""
        return self._all("events", decoding.event, filters)

    def event_page(
        self,
        *,
        limit: int = 100,
        cursor: str | None = None,
        oldest_first: bool = False,
        **filters: Filter,
    ) -> Page[Event]:
        """A page of them; read oldest first it always has a ``next_cursor``, for new ones.

        A cursor does for either order.
        """
        order = "oldest_first" if oldest_first else "newest_first"
        asked = filters | {"limit": limit, "cursor": cursor, "order": order}
        return self._page("events", decoding.event, asked)

    def stream(
        self, *, after: int | None = None, on_break: OnBreak = logged, **filters: Filter
    ) -> Iterator[StreamItem]:
        """Events and operations as they are stored, for ever; docs/stream.md says which.

        Begins behind the event with the id ``after``, or now. Where the connection breaks, or the
        API cannot answer for a while, it goes on behind the last event that it received;
        ``on_break`` is called with why it waits, and with None when it goes on. Ends with
        AccessDeniedError where the API does not let it in any more.
        """
        for batch in self.stream_batches(after=after, on_break=on_break, **filters):
            yield from batch

    def stream_batches(
        self, *, after: int | None = None, on_break: OnBreak = logged, **filters: Filter
    ) -> Iterator[list[StreamItem]]:
        """The same in lists, of what came together."""
        return Follower(self._connection, params_of(filters), after, on_break).batches()

    def operations(self, **filters: Filter) -> Iterator[Operation]:
        """Attaches and detaches with their outcome, newest first."""
        return self._all("operations", decoding.operation, filters)

    def attachments(self, **filters: Filter) -> Iterator[Attachment]:
        """Which port was on which instance, when; newest first."""
        return self._all("attachments", decoding.attachment, filters)

    def hosts(self, **filters: Filter) -> Iterator[Host]:
        """Compute hosts by name, and whether their NICs are reported."""
        return self._all("hosts", decoding.host, filters)

    def gaps(self, **filters: Filter) -> Iterator[Gap]:
        """Spans of time of which something may be missing, newest first."""
        return self._all("gaps", decoding.gap, filters)

    def dead_letters(self, **filters: Filter) -> Iterator[DeadLetter]:
        """Bodies that could not be understood, newest first."""
        return self._all("dead-letters", decoding.dead_letter, filters)

    def dead_letter(self, letter_id: int) -> DeadLetter:
        """One of them. Raises NotFoundError."""
        return self._connection.read(f"dead-letters/{letter_id:d}", decoding.dead_letter)

    def retry_dead_letters(
        self,
        *,
        ids: Sequence[int] = (),
        reason: str | None = None,
        region: str | None = None,
    ) -> Iterator[Retried]:
        """Have those that meet every condition read again, newest first; without any, all.

        All but the kept ones are removed. It goes on as the results are taken.
        """
        asked: dict[str, Any] = _letters(ids, reason, region) | {"limit": _RETRIED_AT_ONCE}
        while True:
            page = self._connection.change(
                "dead-letters/retry", lambda answer: page_of(answer, decoding.retried), asked
            )
            yield from page.items
            if page.next_cursor is None:
                return
            asked["cursor"] = page.next_cursor

    def purge_dead_letters(
        self,
        *,
        ids: Sequence[int] = (),
        reason: str | None = None,
        region: str | None = None,
        received_before: dt.datetime | None = None,
    ) -> int:
        """Remove those that meet every condition, of which there must be one; how many."""
        asked = _letters(ids, reason, region) | {"limit": AT_ONCE}
        if received_before is not None:
            asked["received_before"] = text_of(received_before)
        total = 0
        while True:
            removed = self._connection.change(
                "dead-letters/purge", lambda answer: int(answer["removed"]), asked
            )
            total += removed
            if removed < AT_ONCE:
                return total

    def processes(self) -> list[dict[str, Any]]:
        """The processes of vifcast, as the API gives them: where they run, how far behind."""
        return self._page("processes", decoding.as_it_is, {}).items

    def timeline(
        self, *, instance: str | None = None, port: str | None = None, **filters: Filter
    ) -> Iterator[dict[str, Any]]:
        """What happened to an instance or a port, newest first, as the API gives it.

        Raises NotFoundError where nothing is known of it.
        """
        if (instance is None) == (port is None):
            raise InvalidValueError("a timeline is of an instance or of a port: give one of them")
        of = f"instances/{_named(instance)}" if instance is not None else f"ports/{_named(port)}"
        return self._all(f"{of}/timeline", decoding.as_it_is, filters)

    def statistics(self, **filters: Filter) -> Statistics:
        """How many operations there were, how many failed, and how long they took."""
        return self._connection.read("statistics", decoding.statistics, params_of(filters))


def _letters(ids: Sequence[int], reason: str | None, region: str | None) -> dict[str, Any]:
    """Conditions on dead letters, as a body."""
    given = {"ids": list(ids) or None, "reason": reason, "region": region}
    return {name: value for name, value in given.items() if value is not None}


def _named(subject: str | None) -> str:
    if not subject:
        raise InvalidValueError("the id of the instance or port is empty")
    return quote(subject, safe="")
