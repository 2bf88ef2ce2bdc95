"""``vifcast serve``."""

import logging
import signal
import sys
import threading
from pathlib import Path

import click

from vifcast.cli.options import config_options, read_settings
from vifcast.request_id import RequestIdFilter


@click.command()
@click.option(
    "--transport-url",
    envvar="VIFCAST_TRANSPORT_URL",
    help="URL of the broker, in the form of transport_url in nova.conf. Use the environment "
    "variable VIFCAST_TRANSPORT_URL to keep the password out of the process list.",
)
@click.option(
    "--listen", metavar="HOST:PORT", help="Address on which the API and the web page listen."
)
@click.option(
    "--log-level", metavar="LEVEL", help="Least level to log: debug, info, warning or error."
)
@config_options
def serve(
    transport_url: str | None,
    listen: str | None,
    log_level: str | None,
    config_file: Path | None,
    data_dir: str | None,
) -> None:
    """Read the bus, store NIC events, and serve the API and the web page."""
    settings = read_settings(
        config_file,
        data_dir,
        ingest__transport_url=transport_url,
        api__listen=listen,
        DEFAULT__log_level=log_level,
    )
    _set_up_logging(settings.log_level)
    log = logging.getLogger("vifcast")
    for notice in settings.notices:
        log.warning("%s", notice)
    # Imported here: it brings half a web framework, which the other commands need not wait for.
    from vifcast.serve import Server  # noqa: PLC0415

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    server = Server(settings)
    try:
        server.start()
        log.info("page and API at %s, database %s", server.url, server.store.location)
        while not stopping.is_set():
            server.wait(0.2)
        log.info("stopping")
    finally:
        server.stop()


def _set_up_logging(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(RequestIdFilter())
    logging.basicConfig(
        handlers=[handler],
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(request)s%(message)s",
    )
    logging.getLogger("vifcast").setLevel(level.upper())
