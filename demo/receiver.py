"""``Customer``: a receiver of webhooks on this machine, with a subscription, and away at times."""

import json
import urllib.request
from typing import Self

from receiver import Receiver

_WELL, _AWAY = 204, 503
_TIMEOUT_S = 30


class Customer:
    """From ``with`` on it receives what its subscription at the API at ``url`` sends."""

    def __init__(self, url: str) -> None:
        self._api = f"{url}v1/subscriptions"
        self._receiver = Receiver(status=_WELL)

    def __enter__(self) -> Self:
        self._receiver.__enter__()
        draft = {
            "url": self._receiver.url,
            "description": "The CMP, which bills by the NIC",
            "filter": "outcome=succeeded,failed",
        }
        request = urllib.request.Request(  # noqa: S310 - of our own process
            self._api, json.dumps(draft).encode(), {"content-type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=_TIMEOUT_S).close()  # noqa: S310
        return self

    def __exit__(self, *reason: object) -> None:
        self._receiver.__exit__(*reason)

    def leave(self) -> None:
        """From now on each request fails."""
        self._receiver.status = _AWAY

    def return_(self) -> None:
        """All is well again; what came so far is of no use to anybody."""
        self._receiver.received.clear()
        self._receiver.status = _WELL
