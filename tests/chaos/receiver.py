"""A receiver of webhooks: notes each message in a file, and only then answers.

``python -m tests.chaos.receiver PORT JOURNAL``. A line is written in one piece before the answer,
so that a SIGKILL loses no line that was answered.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100


def main(port: int, journal: Path) -> None:
    """Until killed."""
    file = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            subscription = self.path.rpartition("/")[2]
            line = {"to": subscription, "at": time.time(), "id": body["id"]}
            os.write(file, json.dumps(line).encode() + b"\n")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    _Server(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
