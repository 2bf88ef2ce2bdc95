"""A RabbitMQ of one test's own, to be stopped, killed and frozen."""

import json
import os
import subprocess

_HERE = os.path.dirname(os.path.abspath(__file__))
_SCRIPT = os.path.join(_HERE, "..", "..", "..", "tests", "support", "obedient_rabbitmq.py")


class OwnBroker(object):
    """tests/support/rabbitmq.py, which wants a newer Python than ours may be.

    Its methods are ours: ``stop``, ``start``, ``kill``, ``suspend``, ``resume``,
    ``raise_disk_alarm``, ``clear_disk_alarm``, ``add_user(name, password, vhost)``,
    ``close_connections(vhost)``.

    :param certificates: str, a folder that ``make_certificate`` filled: with that it
        speaks TLS, too, on ``tls_port``
    """

    def __init__(self, certificates=None):
        self._process = subprocess.Popen(
            ["python3", _SCRIPT] + ([certificates] if certificates else []),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        addresses = json.loads(self._read())
        self.url = addresses["url"]
        self.tls_port = addresses["tls_port"]

    def __getattr__(self, method):
        def order(*arguments):
            line = " ".join((method,) + arguments) + "\n"
            self._process.stdin.write(line.encode("ascii"))
            self._process.stdin.flush()
            assert self._read() == "done\n"

        return order

    def end(self):
        """Remove it."""
        self._process.stdin.close()
        self._process.wait()

    def _read(self):
        line = self._process.stdout.readline().decode("ascii")
        assert line, "the broker has ended; its error is above"
        return line


def make_certificate(folder):
    """A self-signed certificate of 127.0.0.1, its own CA: cert.pem and key.pem."""
    command = ["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", os.path.join(folder, "key.pem"), "-out", os.path.join(folder, "cert.pem")]
    subprocess.check_output(command + files, stderr=subprocess.STDOUT)
