"""Can nova.conf be read? By Nova's own code, so that it says what nova-compute sees."""

import re
import sys

from vifcast_nova.cli.check.line import fail, ok

NAME = "nova.conf"
_NAMED = "Name the files that nova-compute is started with: --config-file FILE."


def look(host):
    """Read it; afterwards ``host.conf`` is there, unless a line says why not."""
    try:
        conf = _parse(host)
    except Exception as exc:
        return [_trouble(exc)]
    except SystemExit:
        return [fail(NAME, "Nova does not take these file names.", _NAMED)]
    if not conf.config_file:
        return [
            fail(
                NAME,
                "nova-compute would find no nova.conf in ~/.nova, ~, /etc/nova or /etc.",
                _NAMED,
            )
        ]
    host.conf = conf
    return [ok(NAME, "read: %s." % ", ".join(conf.config_file + _dirs(conf)))]


def _parse(host):
    from nova import config
    import nova.conf

    words = []
    for name in host.config_files:
        words += ["--config-file", name]
    for name in host.config_dirs:
        words += ["--config-dir", name]
    # oslo.config makes the names of the default files of it.
    own = sys.argv
    sys.argv = ["nova-compute"] + words
    try:
        # rpc.init would load the drivers, us among them, and connect nothing yet.
        config.parse_args(sys.argv, configure_db=False, init_rpc=False)
    finally:
        sys.argv = own
    return nova.conf.CONF


def _dirs(conf):
    found = conf.config_dir or []
    return [found] if isinstance(found, str) else [str(name) for name in found]


def _trouble(exc):
    from oslo_config import cfg

    if isinstance(exc, cfg.ConfigFilesNotFoundError):
        return fail(NAME, "%s is not there." % ", ".join(exc.config_files), _NAMED)
    if isinstance(exc, cfg.ConfigDirNotFoundError):
        return fail(NAME, "%s is not there." % exc.config_dir, "Correct --config-dir.")
    if isinstance(exc, cfg.ConfigFilesPermissionDeniedError):
        return fail(
            NAME,
            "This user may not read %s." % ", ".join(exc.config_files),
            "Run the check as root or as the user that runs nova-compute.",
        )
    if isinstance(exc, cfg.ConfigFileParseError):
        # Not its text: that quotes the line, and there may be a password in it.
        line = re.search(r":(\d+), ", exc.msg)
        where = "line %s of %s" % (line.group(1), exc.config_file) if line else exc.config_file
        return fail(
            NAME,
            "%s is neither `name = value` nor `[section]`; nova-compute does not start "
            "with it." % where,
            "Correct it.",
        )
    return fail(
        NAME,
        "Nova cannot read its configuration (%s)." % type(exc).__name__,
        "Start nova-compute and see its log for the reason.",
    )
