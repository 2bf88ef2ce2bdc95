"""Options: their names, defaults and help.

The page docs/configuration.md and the sample file beside it are made of them. An operator of
OpenStack knows the file format.
"""

from oslo_config import cfg

from vifcast.options.api import API
from vifcast.options.delivery import DELIVERY
from vifcast.options.ingest import BROKER_OPTIONS, INGEST, OF_ONE_BROKER
from vifcast.options.ledger import LEDGER, RECONCILE, RETENTION
from vifcast.options.process import DATABASE, DEFAULT, HEALTH

__all__ = ["BROKER_OPTIONS", "OPTIONS", "list_opts"]

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": DEFAULT,
    "database": DATABASE,
    "ingest": INGEST,
    "ledger": LEDGER,
    "retention": RETENTION,
    "reconcile": RECONCILE,
    "health": HEALTH,
    "delivery": DELIVERY,
    "api": API,
}


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """The options by section, and an example of a broker's: an entry point of oslo.config.opts."""
    return [*OPTIONS.items(), ("cell1", OF_ONE_BROKER)]
