"""``Served``: one ``bench.api_child`` in a process of its own, and a connection to it."""

import http.client
import json
import subprocess
import sys
import time
import urllib.parse
from types import TracebackType
from typing import Self

from bench import ten_million


class Served:
    """``application`` is vifcast or starlette, over the SQLite file at ``path``.

    ``started_s``: from the start of the process until its first answer.
    """

    def __init__(self, application: str, path: str) -> None:
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bench.api_child", application, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        port, _, token = self._process.stdout.readline().strip().partition(" ")
        self._port = int(port)
        # The bare one is not asked for it, and gets it all the same.
        self._headers = {"Authorization": f"Bearer {token}"}
        self.connection = self.connect()
        self.connection.request("GET", "/healthz", headers=self._headers)
        self.connection.getresponse().read()
        self.started_s = time.perf_counter() - began

    def connect(self) -> http.client.HTTPConnection:
        """Another connection."""
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)

    def ask(
        self, nic: ten_million.Asked, connection: http.client.HTTPConnection | None = None
    ) -> list[object]:
        """The attachments that it answers with."""
        used = connection or self.connection
        query = urllib.parse.urlencode({"ip": nic.ip, "at": nic.at.isoformat()})
        used.request("GET", f"/v1/attachments?{query}", headers=self._headers)
        answer = used.getresponse()
        body = answer.read()
        assert answer.status == http.client.OK, body
        items: list[object] = json.loads(body)["items"]
        return items

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.connection.close()
        self._process.terminate()
        self._process.wait(timeout=30)
