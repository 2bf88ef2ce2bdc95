"""HTTP to a Keystone on loopback, by the standard library alone.

The API is described in Keystone's documentation ("Identity API v3"). Every refusal is an
urllib.error.HTTPError with Keystone's status and words.
"""

import json
import urllib.error
import urllib.request
from typing import Any

from keystone_files import ADMIN, PASSWORD

DOMAIN = "default"


class KeystoneHTTP:
    """Requests to the Keystone of ``base_url``: with a token, or as the system's admin."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.auth_url = f"{base_url}/v3"
        self._admin_token: str | None = None

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            self.call("GET", "", timeout_s=2)
        except (OSError, ValueError):
            return False
        return True

    def administer(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Any:
        """One request as the system's admin, whose token is renewed when it has expired."""
        if self._admin_token is not None:
            try:
                return self.call(method, path, body, self._admin_token, headers)
            except urllib.error.HTTPError as error:
                if error.code != 401:
                    raise
        about = {"name": ADMIN, "domain": {"id": DOMAIN}, "password": PASSWORD}
        self._admin_token = self.authenticate(
            {"methods": ["password"], "password": {"user": about}}, {"system": {"all": True}}
        )
        return self.call(method, path, body, self._admin_token, headers)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        timeout_s: float = 15,
    ) -> Any:
        """One request below /v3; returns the decoded answer, None when it is empty."""
        content, _ = self._send(method, path, body, token, headers, timeout_s)
        return json.loads(content) if content else None

    def authenticate(self, identity: dict[str, Any], scope: object = None) -> str:
        """A token, by the API's own words for who asks and what the token is for."""
        asked = {"identity": identity} | ({} if scope is None else {"scope": scope})
        _, headers = self._send("POST", "/auth/tokens", {"auth": asked})
        return headers["X-Subject-Token"]

    def _send(
        self,
        method: str,
        path: str,
        body: object = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        timeout_s: float = 15,
    ) -> tuple[bytes, dict[str, str]]:
        request = urllib.request.Request(
            self.auth_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"}
            | ({} if token is None else {"X-Auth-Token": token})
            | (headers or {}),
        )
        # No proxy: this never leaves the machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout_s) as answer:
                return answer.read(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            # Read to the end: what is refused is closed like what is not.
            error.msg += f": {error.read().decode(errors='replace')}"
            error.close()
            raise
