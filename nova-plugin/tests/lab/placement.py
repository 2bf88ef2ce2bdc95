"""What ComputeManager asks Placement for when it is made: its version document."""

import json
import threading

try:
    from http.server import BaseHTTPRequestHandler, HTTPServer
except ImportError:  # Python 2.7
    from BaseHTTPServer import BaseHTTPRequestHandler, HTTPServer

_DOCUMENT = {
    "versions": [
        {
            "id": "v1.0",
            "status": "CURRENT",
            "min_version": "1.0",
            "max_version": "1.39",
            "links": [{"rel": "self", "href": ""}],
        }
    ]
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(_DOCUMENT).encode("ascii")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def start():
    """Serve on a free loopback port; returns the port."""
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=_serve, args=(server,))
    thread.daemon = True
    thread.start()
    return server.server_address[1]


def _serve(server):
    # Not serve_forever: its selector is not always eventlet's, and then blocks all.
    while True:
        request, address = server.get_request()
        server.process_request(request, address)
