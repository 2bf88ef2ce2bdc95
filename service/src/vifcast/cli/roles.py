"""``vifcast serve``, ``vifcast ingest``, ``vifcast api``: the processes that run until stopped."""

import logging
import signal
import threading
import time
from pathlib import Path

import click

from vifcast import systemd
from vifcast.cli.options import config_options, read_settings
from vifcast.config import Settings
from vifcast.log import set_up as log_as_configured
from vifcast.process import Role

# How often it looks whether it should stop, or has failed.
_LOOK_S = 0.2

_transport_url = click.option(
    "--transport-url",
    envvar="VIFCAST_TRANSPORT_URL",
    help="URL of the broker, in the form of transport_url in nova.conf. Use the environment "
    "variable VIFCAST_TRANSPORT_URL to keep the password out of the process list.",
)
_log_level = click.option(
    "--log-level", metavar="LEVEL", help="Least level to log: debug, info, warning or error."
)


@click.command()
@_transport_url
@click.option(
    "--listen", metavar="HOST:PORT", help="Address on which the API and the web page listen."
)
@_log_level
@config_options
def serve(
    transport_url: str | None,
    listen: str | None,
    log_level: str | None,
    config_file: Path | None,
    data_dir: str | None,
) -> None:
    """Read the bus, store NIC events, and serve the API and the web page.

    All in one process. To have several, run vifcast ingest, vifcast deliver and vifcast api on one
    MariaDB or PostgreSQL instead.
    """
    settings = read_settings(
        config_file,
        data_dir,
        ingest__transport_url=transport_url,
        api__listen=listen,
        DEFAULT__log_level=log_level,
    )
    _run(Role.SERVE, settings)


@click.command()
@_transport_url
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help="Address on which /healthz, /readyz and /metrics are answered; [health] listen.",
)
@_log_level
@config_options
def ingest(
    transport_url: str | None,
    listen: str | None,
    log_level: str | None,
    config_file: Path | None,
    data_dir: str | None,
) -> None:
    """Read the bus and store NIC events, without API and page.

    Several may run on one database: they share the notifications. One that stops returns what it
    has not stored, and the others take it.
    """
    settings = read_settings(
        config_file,
        data_dir,
        ingest__transport_url=transport_url,
        health__listen=listen,
        DEFAULT__log_level=log_level,
    )
    _run(Role.INGEST, settings)


@click.command()
@click.option(
    "--listen", metavar="HOST:PORT", help="Address on which the API and the web page listen."
)
@_log_level
@config_options
def api(
    listen: str | None, log_level: str | None, config_file: Path | None, data_dir: str | None
) -> None:
    """Serve the API and the web page, without reading the bus.

    Several may run on one database, behind a load balancer.
    """
    settings = read_settings(
        config_file, data_dir, api__listen=listen, DEFAULT__log_level=log_level
    )
    _run(Role.API, settings)


@click.command()
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help="Address on which /healthz, /readyz and /metrics are answered; [health] listen.",
)
@_log_level
@config_options
def deliver(
    listen: str | None, log_level: str | None, config_file: Path | None, data_dir: str | None
) -> None:
    """Send subscriptions what is due to them, without reading the bus.

    Several may run on one MariaDB or PostgreSQL: they share the deliveries.
    """
    settings = read_settings(
        config_file, data_dir, health__listen=listen, DEFAULT__log_level=log_level
    )
    _run(Role.DELIVER, settings)


def _run(role: Role, settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; raises what a part of it fails with."""
    log_as_configured(settings.config_file, settings.log_level)
    log = logging.getLogger("vifcast")
    for notice in settings.notices:
        log.warning("%s", notice)
    health = settings.health
    if not role.answers and health is not None and not health.is_loopback:
        log.warning(
            "health and metrics on %s need no token and are without TLS: whoever reaches it sees "
            "the addresses of broker and database, and counts, but no event and no NIC; leave it "
            "to monitoring alone, or set [health] listen to 127.0.0.1",
            health.host,
        )
    # Imported here: it brings half a web framework, which the other commands need not wait for.
    from vifcast.serve import Server  # noqa: PLC0415

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    server = Server(settings, role=role)
    watchdog_s = systemd.watchdog_interval_s()
    next_at = time.monotonic()
    try:
        server.start()
        what = "page and API" if role.answers else "health and metrics"
        at = f"{what} at {server.url}, " if server.url else ""
        log.info("%sdatabase %s", at, server.store.location)
        systemd.notify("READY=1")
        while not stopping.is_set():
            server.wait(_LOOK_S)
            if watchdog_s is not None and time.monotonic() >= next_at and server.is_alive():
                systemd.notify("WATCHDOG=1")
                next_at = time.monotonic() + watchdog_s
        log.info("stopping")
        systemd.notify("STOPPING=1")
    finally:
        server.stop()
