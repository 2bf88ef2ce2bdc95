"""A RabbitMQ of the tests' own, from Debian's package, on free loopback ports.

Node name, data, log, configuration, Erlang cookie and port mapper (epmd) are its own too;
see server_process.py.

``python3 tests/support/rabbitmq.py run -- COMMAND`` runs COMMAND with one, which it finds
in VIFCAST_TEST_RABBITMQ_URL and VIFCAST_TEST_RABBITMQ_API; exits as COMMAND does.

That the scripts in /usr/lib/rabbitmq/bin run under any user was read from them (3.10.8);
the wrapper in /usr/sbin does not.
"""

import contextlib
import os
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import IO, Any

from beside import run_beside
from broker_api import API_VARIABLE, PASSWORD, URL_VARIABLE, USER, BrokerAPI
from node_files import Ports, hold, server_environment, write_configuration
from server_process import ServerError, ServerProcess, say

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
CONTROL = SERVER.with_name("rabbitmqctl")
DIAGNOSTICS = SERVER.with_name("rabbitmq-diagnostics")


class RabbitMQ(BrokerAPI, ServerProcess):
    """One broker process; durable queues and what is in them stay from start to start.

    ``configuration`` is added to rabbitmq.conf; ``{tls}`` in it becomes ``tls_port``.
    """

    title = "RabbitMQ"
    package = "rabbitmq-server"
    program = SERVER
    logs = ("log", "rabbitmq.log")

    def __init__(self, certificates: Path | None = None, configuration: str = "") -> None:
        """``certificates``: a folder with cert.pem and key.pem, to speak TLS with, too."""
        ServerProcess.__init__(self)
        self._ports = Ports.free()
        self._certificates = certificates
        self._configuration = configuration.format(tls=self._ports.amqps)
        BrokerAPI.__init__(
            self,
            f"amqp://{USER}:{PASSWORD}@127.0.0.1:{self._ports.amqp}",
            f"http://127.0.0.1:{self._ports.api}",
        )
        self._epmd: subprocess.Popen[bytes] | None = None
        self._held = contextlib.ExitStack()

    @property
    def tls_port(self) -> int:
        """Where it speaks TLS, given certificates."""
        return self._ports.amqps

    @staticmethod
    def from_environment() -> BrokerAPI | None:
        """The broker that is running already for a whole test run; None when there is none."""
        url, api = os.environ.get(URL_VARIABLE), os.environ.get(API_VARIABLE)
        return BrokerAPI(url, api) if url and api else None

    def initialise(self, folder: Path) -> None:
        """Configuration, and the port mapper beside the broker."""
        write_configuration(folder, self._ports, self._certificates, self._configuration)
        # Started here, in the foreground: Erlang would leave a daemon behind.
        self._epmd = subprocess.Popen(
            ["epmd", "-port", str(self._ports.epmd), "-address", "127.0.0.1"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        self.inform_guard()

    def launch(self, folder: Path, log: IO[bytes]) -> "subprocess.Popen[Any]":
        """Start the broker, in the port mapper's process group."""
        self._held.close()
        return subprocess.Popen(
            [SERVER],
            env=server_environment(folder, self._ports),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0 if self._epmd is None else self._epmd.pid,
        )

    @property
    def guarded(self) -> str:
        """The process group."""
        return "" if self._epmd is None else f"-{self._epmd.pid}"

    def stop(self) -> None:
        """Shut it down in good order; what is stored stays, and its ports stay its own."""
        super().stop()
        self._held = hold(self._ports)

    def kill(self) -> None:
        """End it at once, as a crash would; its ports stay its own."""
        super().kill()
        self._held = hold(self._ports)

    def close(self) -> None:
        """Remove all traces of it. Does nothing the second time."""
        super().close()
        self._held.close()
        if self._epmd is not None:
            self._epmd.wait()
            self._epmd = None

    def renew(self) -> None:
        """Have it as it first was, whatever was done to it: running, and nothing in it."""
        if self.is_started:
            self.resume()
        else:
            self.start()
        self.empty()

    def raise_disk_alarm(self) -> None:
        """Have it take nothing from publishers, as when its disk is full."""
        self._control("set_disk_free_limit", "1000000GB")

    def clear_disk_alarm(self) -> None:
        """Let it take what publishers send again."""
        self._control("set_disk_free_limit", "1MB")

    def programs(self, folder: str | Path) -> None:
        """Put this broker's own commands into ``folder``, for PATH."""
        if self.folder is None:
            raise ServerError("This RabbitMQ does not run; start() it first.")
        admin = self.folder / "rabbitmqadmin"
        with urllib.request.urlopen(f"{self.api_url}/cli/rabbitmqadmin", timeout=15) as answer:
            admin.write_bytes(answer.read())
        variables = " ".join(
            f"{name}={shlex.quote(value)}"
            for name, value in server_environment(self.folder, self._ports).items()
        )
        lines = {
            "rabbitmqctl": f"exec env {variables} {CONTROL}",
            "rabbitmq-diagnostics": f"exec env {variables} {DIAGNOSTICS}",
            "rabbitmqadmin": f"exec python3 {admin} --host 127.0.0.1 --port {self._ports.api}",
        }
        for name, line in lines.items():
            program = Path(folder) / name
            program.write_text(f'#!/bin/sh\n{line} "$@"\n')
            program.chmod(0o755)

    def _control(self, *command: str) -> None:
        if self.folder is None:
            raise ServerError("This RabbitMQ does not run; start() it first.")
        environment = server_environment(self.folder, self._ports)
        done = subprocess.run(
            [CONTROL, *command],
            env=environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ServerError(f"rabbitmqctl {' '.join(command)}: {done.stdout}{done.stderr}")


def main(arguments: list[str]) -> int:
    """The command line; see the module's docstring."""
    if arguments[:2] != ["run", "--"] or not arguments[2:]:
        say("Usage: rabbitmq.py run -- COMMAND [ARGUMENT ...]")
        return 2
    try:
        broker = RabbitMQ()
        # Where this is set, each Python that the tests start compiles all that it imports:
        # with Nova 4.3 s of processor time instead of 1.3.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        variables = {URL_VARIABLE: broker.base_url, API_VARIABLE: broker.api_url}
        return run_beside(broker, arguments[2:], variables)
    except (ServerError, OSError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
