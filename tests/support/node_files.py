"""What makes a RabbitMQ node one of its own: ports, folder, configuration, cookie.

The variables are described in RabbitMQ's documentation ("Configuration", "Networking")
and in its scripts; that RUNNING_UNDER_SYSTEMD has the start script replace
itself by the Erlang process was read from it (3.10.8).
"""

import contextlib
import itertools
import os
import random
import secrets
import socket
from pathlib import Path
from typing import NamedTuple, Self

# Below the range that Linux gives to outgoing connections (from 32768 on): while a broker
# is down, a client that tries again and again could otherwise be given its port.
CANDIDATES = range(20_000, 32_000)


class Ports(NamedTuple):
    """Loopback ports: clients, clients with TLS, management, other nodes, port mapper."""

    amqp: int
    amqps: int
    api: int
    distribution: int
    epmd: int

    @classmethod
    def free(cls) -> Self:
        """Ports that nobody uses now and no outgoing connection will get."""
        chosen = random.sample(CANDIDATES, len(CANDIDATES))
        return cls(*itertools.islice(filter(_is_free, chosen), len(cls._fields)))


def hold(ports: Ports) -> contextlib.ExitStack:
    """Keep these while a node of theirs is down, so that no other takes one; close to let go.

    Nothing listens meanwhile: whoever connects is refused. The port mapper goes on.
    """
    held = contextlib.ExitStack()
    for port in (ports.amqp, ports.amqps, ports.api, ports.distribution):
        holder = held.enter_context(socket.socket())
        # Connections that have just ended do not keep a node from its port either.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            holder.bind(("127.0.0.1", port))
    return held


def free_port() -> int:
    """One such port."""
    return next(filter(_is_free, random.sample(CANDIDATES, len(CANDIDATES))))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def write_configuration(
    folder: Path, ports: Ports, certificates: Path | None = None, more: str = ""
) -> None:
    """Write the files that the node reads at its start, with ``more`` in rabbitmq.conf.

    ``certificates``: a folder with cert.pem and key.pem; without, it speaks no TLS.
    """
    cookie = folder / ".erlang.cookie"
    cookie.write_text(secrets.token_hex(16))
    cookie.chmod(0o400)
    (folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.local = 127.0.0.1:{ports.amqp}\n"
        "management.tcp.ip = 127.0.0.1\n"
        f"management.tcp.port = {ports.api}\n"
        # Numbers of queue_depth; five seconds by default.
        "collect_statistics_interval = 250\n"
        "log.console = false\n"
        f"log.file = {folder / 'rabbitmq.log'}\n"
        + ("" if certificates is None else _with_tls(ports, certificates))
        + f"{more}\n"
    )


def _with_tls(ports: Ports, certificates: Path) -> str:
    return (
        f"listeners.ssl.local = 127.0.0.1:{ports.amqps}\n"
        f"ssl_options.certfile = {certificates / 'cert.pem'}\n"
        f"ssl_options.keyfile = {certificates / 'key.pem'}\n"
    )


def server_environment(folder: Path, ports: Ports) -> dict[str, str]:
    """The environment of the start script: nothing of the machine's own node in it."""
    return {
        "HOME": str(folder),
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "RUNNING_UNDER_SYSTEMD": "true",
        "ERL_EPMD_PORT": str(ports.epmd),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"vifcast-{ports.amqp}@localhost",
        "RABBITMQ_DIST_PORT": str(ports.distribution),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "no-such-file"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "no-such-file"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-start_epmd false"
        " -kernel inet_dist_use_interface {127,0,0,1}",
    }
