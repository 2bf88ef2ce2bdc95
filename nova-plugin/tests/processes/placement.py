"""A real Placement, on SQLite: ``python -m processes.placement FOLDER PORT``."""

import os
import socketserver
import sys
from wsgiref import simple_server

_CONF = """\
[api]
auth_strategy = noauth2
[placement_database]
connection = sqlite:///{folder}/placement.sqlite
sync_on_startup = True
"""


class _Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    daemon_threads = True


class _Handler(simple_server.WSGIRequestHandler):
    def log_message(self, *args):
        pass


def main(folder, port):
    with open(os.path.join(folder, "placement.conf"), "w") as conf_file:
        conf_file.write(_CONF.format(folder=folder))
    os.environ["OS_PLACEMENT_CONFIG_DIR"] = folder
    sys.argv[1:] = []  # Placement reads them too
    from placement import wsgi

    application = wsgi.init_application()
    simple_server.make_server(
        "127.0.0.1", int(port), application, _Server, _Handler
    ).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
