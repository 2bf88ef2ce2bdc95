"""One address, asked over HTTP; errors as sentences."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, TypeVar

import msgspec
from keystoneauth1 import exceptions as keystone
from keystoneauth1.adapter import Adapter

from vifcast.client.address import base_url
from vifcast.client.failures import not_understood, refusal, unlike_vifcast, unreachable
from vifcast.errors import ApiError

T = TypeVar("T")

_DONE, _TOO_MANY = (200, 201), 429
_NO_CONTENT = 204
# A caller that asks too much is given a time to wait; that often and that long we do.
_PATIENCE = 5
_MAX_WAIT_S = 60.0


class Connection:
    """What is at ``/v1`` of one vifcast; ``named`` is who that is, for a person."""

    def __init__(self, adapter: Adapter, named: str) -> None:
        self._adapter = adapter
        self._named = named
        self._found: str | None = None

    @property
    def url(self) -> str:
        """The address; from the catalogue, where there is one. Raises ApiError."""
        if self._found is None:
            try:
                found = self._adapter.get_endpoint()
            except keystone.ClientException as error:
                raise unreachable(self._named, error, during="Keystone") from error
            if not found:
                raise ApiError(
                    f"{self._named}: Keystone's catalogue has no endpoint of the service type "
                    f"{self._adapter.service_type}, or not in this region and interface; register "
                    "it, or give the address with --url"
                )
            self._found = base_url(found)
        return self._found

    def close(self) -> None:
        """Give back the connections."""
        self._adapter.session.session.close()

    def read(
        self,
        path: str,
        decode: Callable[[dict[str, Any]], T],
        params: Mapping[str, str] | None = None,
    ) -> T:
        """The answer to a GET. Raises AccessDeniedError, NotFoundError or ApiError."""
        return self._decoded(path, decode, self._asked("GET", path, params=params or {}))

    def change(
        self,
        path: str,
        decode: Callable[[dict[str, Any]], T],
        body: Mapping[str, Any] | None = None,
        method: str = "POST",
    ) -> T:
        """The answer to a POST; raises the same. Sent once, but after a 429, which did nothing."""
        more = {} if body is None else {"json": body}
        return self._decoded(path, decode, self._asked(method, path, **more))

    def remove(self, path: str) -> None:
        """Send a DELETE; raises the same."""
        answer = self._asked("DELETE", path)
        if answer.status_code != _NO_CONTENT:
            raise refusal(self.url, answer)

    def _decoded(self, path: str, decode: Callable[[dict[str, Any]], T], answer: Any) -> T:
        if answer.status_code not in _DONE:
            raise refusal(self.url, answer)
        try:
            found = answer.json()
        except ValueError:
            raise unlike_vifcast(self.url, answer) from None
        try:
            return decode(found)
        except (msgspec.ValidationError, KeyError, TypeError, AttributeError) as error:
            raise not_understood(self.url, path, error) from error

    @contextmanager
    def opened(
        self, path: str, params: Mapping[str, str], headers: dict[str, str], silence_s: float
    ) -> Iterator[Any]:
        """An answer that is read as it comes, whatever its status; with a timeout of its own."""
        url = f"{self.url}/v1/{path}"
        try:
            answer = self._adapter.get(
                url,
                params=params,
                headers=headers,
                raise_exc=False,
                redirect=False,
                stream=True,
                timeout=(self._adapter.session.timeout, silence_s),
            )
        except keystone.ClientException as error:
            raise unreachable(url, error) from error
        with closing(answer):
            yield answer

    def _asked(self, method: str, path: str, **more: Any) -> Any:
        url = f"{self.url}/v1/{path}"
        for _ in range(_PATIENCE):
            try:
                answer = self._adapter.request(
                    url,
                    method,
                    headers={"Accept": "application/json"},
                    raise_exc=False,
                    # A redirection would carry the token to wherever it leads.
                    redirect=False,
                    **more,
                )
            except keystone.ClientException as error:
                raise unreachable(url, error) from error
            wait_s = retry_after_s(answer) if answer.status_code == _TOO_MANY else None
            if wait_s is None or wait_s > _MAX_WAIT_S:
                break
            time.sleep(wait_s)
        return answer


def retry_after_s(answer: Any) -> float | None:
    """How long it asks to wait; None where it does not say."""
    try:
        wait_s = float(answer.headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(wait_s, 0.1) if math.isfinite(wait_s) else None
