"""Options of any process of vifcast: its data, its log, its database, its health."""

from oslo_config import cfg

DEFAULT: list[cfg.Opt] = [
    cfg.StrOpt(
        "data_dir",
        sample_default="~/.local/share/vifcast",
        help="Directory of the SQLite database vifcast.sqlite3; default: the user's data "
        "directory. Unused if connection is set in [database]. vifcast creates it, readable "
        "by its owner only. Also --data-dir and VIFCAST_DATA_DIR.",
    ),
    cfg.StrOpt(
        "log_level",
        default="info",
        choices=["debug", "info", "warning", "error"],
        help="Least level of the messages that are logged. Also --log-level.",
    ),
]

DATABASE: list[cfg.Opt] = [
    cfg.StrOpt(
        "connection",
        secret=True,
        help="URL of the database, as in nova.conf: "
        "mysql+pymysql://USER:PASSWORD@HOST/vifcast, postgresql://USER:PASSWORD@HOST/vifcast "
        "or sqlite:////PATH. Default: the SQLite file in data_dir. It overrides data_dir and "
        "--data-dir.",
    ),
    cfg.FloatOpt(
        "timeout_s",
        default=10.0,
        min=1.0,
        max=3600.0,
        help="How many seconds the database may take to connect, to let another process "
        "finish its write, or to answer one statement.",
    ),
]

HEALTH: list[cfg.Opt] = [
    cfg.StrOpt(
        "listen",
        default="127.0.0.1:8734",
        help="Address on which vifcast ingest answers /healthz, /readyz and /metrics, without "
        "authentication; empty: nowhere. vifcast serve and vifcast api answer these at [api] "
        "listen.",
    ),
]
