"""A RabbitMQ that takes orders on stdin, for tests on a Python of any age.

``python3 obedient_rabbitmq.py`` starts one and prints a JSON object with its ``url``,
``api`` and ``tls_port``; with a folder that holds cert.pem and key.pem as its argument it
speaks TLS on that port. Each line on stdin names a method of RabbitMQ (``stop``,
``start``, ``kill``, ``suspend``, ``resume``, ``raise_disk_alarm`` …) with its arguments
after it; ``done`` is printed once it has returned. It ends with stdin.
"""

import json
import sys
from pathlib import Path

from rabbitmq import RabbitMQ


def main() -> None:
    """Obey until stdin ends."""
    certificates = Path(sys.argv[1]) if sys.argv[1:] else None
    with RabbitMQ(certificates) as broker:
        addresses = {"url": broker.base_url, "api": broker.api_url, "tls_port": broker.tls_port}
        print(json.dumps(addresses), flush=True)
        for line in sys.stdin:
            method, *arguments = line.split()
            getattr(broker, method)(*arguments)
            print("done", flush=True)


if __name__ == "__main__":
    main()
