"""A RabbitMQ that does what it is told on stdin, for tests on a Python of any age.

``python3 obedient_rabbitmq.py`` starts one and prints a JSON object with its ``url`` and
``api``. Each line on stdin names a method of RabbitMQ (``stop``, ``start``, ``kill``,
``suspend``, ``resume``, ``raise_disk_alarm`` …) with its arguments after it; ``done`` is
printed once it has returned. It ends with stdin.
"""

import json
import sys

from rabbitmq import RabbitMQ


def main() -> None:
    """Obey until stdin ends."""
    with RabbitMQ() as broker:
        print(json.dumps({"url": broker.base_url, "api": broker.api_url}), flush=True)
        for line in sys.stdin:
            method, *arguments = line.split()
            getattr(broker, method)(*arguments)
            print("done", flush=True)


if __name__ == "__main__":
    main()
