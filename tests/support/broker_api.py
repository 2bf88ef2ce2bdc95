"""A running RabbitMQ seen from a test: its addresses, and what its management API can do.

Stdlib only, so that it also works beside a Nova. The API is described on the broker
itself, at <api_url>/api/index.html.
"""

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

USER = PASSWORD = "guest"
URL_VARIABLE = "VIFCAST_TEST_RABBITMQ_URL"
API_VARIABLE = "VIFCAST_TEST_RABBITMQ_API"


class BrokerAPI:
    """Virtual hosts, users, queues and connections of the broker at ``api_url``.

    ``base_url`` is ``amqp://user:password@host:port`` without a virtual host.
    """

    def __init__(self, base_url: str, api_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self.api_url = api_url.rstrip("/")
        self.port = int(urllib.parse.urlsplit(self.base_url).port or 5672)

    def url(self, vhost: str = "/") -> str:
        """Where kombu, amqp and pika connect to."""
        return f"{self.base_url}/{_quoted(vhost)}"

    def transport_url(self, vhost: str = "/") -> str:
        """The same for oslo.messaging."""
        return "rabbit" + self.url(vhost).removeprefix("amqp")

    def create_vhost(self, name: str) -> None:
        """Make a virtual host, empty and open to the user guest."""
        self.call("PUT", f"/api/vhosts/{_quoted(name)}", {})
        self._permit(name, USER)

    def delete_vhost(self, name: str) -> None:
        """Remove a virtual host with all in it; its connections are closed."""
        self.call("DELETE", f"/api/vhosts/{_quoted(name)}")

    def empty(self) -> None:
        """Remove all but the virtual host "/", made anew, and the user guest."""
        for vhost in self.call("GET", "/api/vhosts"):
            self.delete_vhost(vhost["name"])
        for user in self.call("GET", "/api/users"):
            if user["name"] != USER:
                self.call("DELETE", f"/api/users/{_quoted(user['name'])}")
        self.create_vhost("/")

    def add_user(self, name: str, password: str, vhost: str | None = None) -> None:
        """Make a user, without any rights unless ``vhost`` names where it has all of them."""
        self.call("PUT", f"/api/users/{_quoted(name)}", {"password": password, "tags": ""})
        if vhost is not None:
            self._permit(vhost, name)

    def _permit(self, vhost: str, user: str) -> None:
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.call("PUT", f"/api/permissions/{_quoted(vhost)}/{_quoted(user)}", everything)

    def queues(self, vhost: str) -> list[dict[str, Any]]:
        """All queues of ``vhost`` with their properties."""
        found: list[dict[str, Any]] = self.call("GET", f"/api/queues/{_quoted(vhost)}")
        return found

    def queue(self, vhost: str, name: str) -> dict[str, Any] | None:
        """Properties of one queue; None when there is no such queue."""
        try:
            found: dict[str, Any] = self.call(
                "GET", f"/api/queues/{_quoted(vhost)}/{_quoted(name)}"
            )
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
        return found

    def queue_depth(self, vhost: str, queue: str) -> int:
        """Messages in ``queue``, ready and unacknowledged.

        The broker counts four times a second: wait for a number, do not read it once.
        Raises LookupError when there is no such queue.
        """
        for _ in range(50):
            found = self.queue(vhost, queue)
            if found is None:
                raise LookupError(f"No queue {queue} in virtual host {vhost} of {self.api_url}")
            # Missing until the first count after the queue was declared.
            if "messages" in found:
                return int(found["messages"])
            time.sleep(0.1)
        raise LookupError(f"RabbitMQ at {self.api_url} does not count queue {queue} of {vhost}")

    def close_connections(self, vhost: str) -> int:
        """Cut every client of ``vhost`` off, as a fail-over would; returns how many."""
        connections = self.call("GET", f"/api/vhosts/{_quoted(vhost)}/connections")
        for connection in connections:
            self.call("DELETE", f"/api/connections/{_quoted(connection['name'])}")
        return len(connections)

    def is_ready(self) -> bool:
        """Whether the broker answers, on both of its ports' behalf."""
        try:
            self.call("GET", f"/api/health/checks/port-listener/{self.port}", timeout_s=2)
        except (OSError, ValueError):
            return False
        return True

    def call(self, method: str, path: str, body: object = None, timeout_s: float = 15) -> Any:
        """One request to the management API; returns the decoded answer, None when it is empty.

        Raises urllib.error.HTTPError, which is an OSError, with the broker's own words.
        """
        request = urllib.request.Request(
            self.api_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": "Basic "
                + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(),
            },
        )
        # No proxy: this never leaves the machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=timeout_s) as answer:
            content = answer.read()
        return json.loads(content) if content else None


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")
