"""The log, as OpenStack's services configure it: oslo.log, by its options in [DEFAULT]."""

import io
import logging
import re
from contextlib import redirect_stderr
from functools import cache
from pathlib import Path

from oslo_config import cfg
from oslo_log import log

from vifcast.errors import ConfigError
from vifcast.request_id import RequestIdFilter
from vifcast.version import __version__

# How it begins then.
_OF_OPTION = re.compile(r"^argument --(\w+): ")
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
    where = "the environment" if file is None else f"configuration file {file}"
    said = io.StringIO()
    try:
        # oslo.config prints what it finds wrong with an option that services have on their command
        # line, too, and ends.
        with redirect_stderr(said):
            conf([], project="vifcast", default_config_files=files, default_config_dirs=[])
    except (SystemExit, cfg.Error, ValueError) as error:
        why = " ".join((said.getvalue() or str(error)).split())
        why = _OF_OPTION.sub(r"option \1 in [DEFAULT]: ", why)
        raise ConfigError(f"{where}: {why}") from None
    try:
        conf.set_default("use_stderr", default=not any(conf[name] for name in _ELSEWHERE))
        log.setup(conf, "vifcast", __version__)
    except (cfg.Error, log.LogConfigError, OSError, ValueError, RuntimeError) as error:
        raise ConfigError(
            f"{where}: the options of the log in [DEFAULT] cannot be used: {error}"
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
