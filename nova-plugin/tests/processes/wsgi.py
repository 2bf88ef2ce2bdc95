"""Serves nova-api as mod_wsgi or gunicorn would: ``python -m processes.wsgi PORT``.

The module ``nova.wsgi.osapi_compute`` (2024.1 and later) makes the application as
it is imported; Nova 2026.2 has no script ``nova-api`` any more.
"""

import sys
from wsgiref import simple_server


def main(port):
    sys.argv[1:] = []  # Nova reads them too
    from nova.wsgi.osapi_compute import application

    simple_server.make_server("127.0.0.1", int(port), application).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
