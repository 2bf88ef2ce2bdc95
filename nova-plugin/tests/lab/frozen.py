"""A RabbitMQ of a test's own that is frozen: SIGSTOP, connections are taken, nothing answers."""

import contextlib
import os
import subprocess

_SUPPORT = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tests", "support"
)
# The set-up scripts' Python, not that of an old Nova.
_PYTHON = "/usr/bin/python3"
_SCRIPT = """\
import sys
sys.path.insert(0, sys.argv[1])
from rabbitmq import RabbitMQ
with RabbitMQ() as broker:
    broker.suspend()
    print(broker.base_url, flush=True)
    sys.stdin.read()
    broker.resume()
"""


@contextlib.contextmanager
def rabbitmq():
    """Yields its URL, ``amqp://user:password@host:port``."""
    child = subprocess.Popen(
        [_PYTHON, "-c", _SCRIPT, _SUPPORT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield child.stdout.readline().decode("utf-8").strip()
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait()
