"""The ``[vifcast]`` section of nova.conf."""

from oslo_config import cfg

GROUP = "vifcast"

OPTIONS = [
    cfg.BoolOpt(
        "include_interface",
        default=True,
        help="Add the key `interface` (port, MAC, IPs, operation id) to the "
        "payload of the interface_attach and interface_detach notifications. "
        "Without it they equal those of a hand-patched Nova.",
    ),
]


def register(conf):
    """Make ``conf.vifcast`` known to oslo.config; any number of times."""
    conf.register_opts(OPTIONS, group=GROUP)


def list_opts():
    """For oslo-config-generator (entry point ``oslo.config.opts``)."""
    return [(GROUP, OPTIONS)]
