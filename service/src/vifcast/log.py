"""The log, as OpenStack's services configure it: oslo.log, by its options in [DEFAULT]."""

import logging
from functools import cache
from pathlib import Path

from oslo_config import cfg
from oslo_log import log

from vifcast.errors import ConfigError
from vifcast.request_id import RequestIdFilter
from vifcast.version import __version__

_FORMAT = "%(asctime)s.%(msecs)03d %(levelname)s %(request)s%(message)s"
_NOT_SET = {cfg.Locations.opt_default, cfg.Locations.set_default}
_ELSEWHERE = ("log_file", "log_dir", "use_journal")
_FORMATS = ("logging_context_format_string", "logging_default_format_string")


def set_up(file: Path | None, level: str) -> None:
    """Log as that file says, vifcast's own messages from ``level`` on.

    To stderr where the file names nothing else, and besides that only with ``use_stderr``.
    Raises ConfigError where the file asks for what cannot be.
    """
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    files = [str(file)] if file else []
    conf([], project="vifcast", default_config_files=files, default_config_dirs=[])
    try:
        conf.set_default("use_stderr", default=not any(conf[name] for name in _ELSEWHERE))
        log.setup(conf, "vifcast", __version__)
    except (cfg.Error, log.LogConfigError, OSError, ValueError, RuntimeError) as error:
        raise ConfigError(
            f"configuration file {file}: the options of the log in [DEFAULT] cannot be used: "
            f"{error}"
        ) from None
    if conf.log_config_append is None and not conf.debug:
        # What libraries say below a warning is for who looks for a mistake in them.
        logging.getLogger().setLevel(logging.WARNING)
        logging.getLogger("vifcast").setLevel(level.upper())
    set_at = [conf.get_location(name) for name in _FORMATS]
    is_ours = not conf.use_json and all(at is None or at.location in _NOT_SET for at in set_at)
    for handler in logging.getLogger().handlers:
        handler.addFilter(RequestIdFilter())
        if is_ours and conf.log_config_append is None:
            # oslo.log's puts the exception that is handled behind each message, which says it.
            handler.setFormatter(logging.Formatter(_FORMAT, conf.log_date_format))


@cache
def option_names() -> frozenset[str]:
    """The options of [DEFAULT] that are oslo.log's."""
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    return frozenset(option.replace("-", "_") for option in conf)
