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
    cfg.BoolOpt(
        "outbox",
        default=True,
        help="Send through the outbox: a notification is written to a file and sent "
        "by a thread, so that Nova never waits for the notification bus and nothing "
        "is lost while it is away. If false, send directly as messagingv2 does: an "
        "attach waits for a broker that is away, and the notification is then lost. "
        "The driver vifcast_outbox does not read this option.",
    ),
    cfg.IntOpt(
        "report_interval_s",
        default=300,
        min=0,
        # A listener believes a host for three of these.
        max=86400,
        help="How often nova-compute sends the notification vifcast.report about itself, in "
        "seconds; at most a day; 0: never.",
    ),
    cfg.StrOpt(
        "outbox_dir",
        default="$state_path/vifcast/outbox",
        help="Where notifications wait, shared by all processes of this user on the "
        "host. In a service that has no option state_path: /var/lib/vifcast/outbox.",
    ),
    cfg.IntOpt(
        "outbox_max_bytes",
        default=256 * 1024 * 1024,
        min=1,
        help="How much may wait in outbox_dir; over it the oldest are dropped.",
    ),
    cfg.IntOpt(
        "outbox_max_age_s",
        default=3 * 24 * 3600,
        min=1,
        help="How long a notification may wait, in seconds, before it is dropped; the "
        "default is three days.",
    ),
    cfg.StrOpt(
        "lane_exchange",
        default="vifcast",
        # RabbitMQ's own begin so, and AMQP has no names that are longer than 255 bytes.
        regex=r"^(?!amq\.)\S{0,127}$",
        help="A durable exchange that notifications go to beside Nova's own, so that a "
        "restart of the broker loses none: the one that `vifcast serve` makes. If it does "
        "not exist, they go to Nova's alone. Empty: none.",
    ),
]
_NO_STATE_PATH = (cfg.TemplateSubstitutionError, cfg.NoSuchOptError)
_WITHOUT_STATE_PATH = "/var/lib/vifcast/outbox"


def register(conf):
    """Make ``conf.vifcast`` known to oslo.config; any number of times."""
    conf.register_opts(OPTIONS, group=GROUP)


def value(conf, name):
    """The value of an option; its default if the value in nova.conf is invalid."""
    try:
        return conf[GROUP][name]
    except ValueError:
        return _option(name).default
    except _NO_STATE_PATH:  # or a $ before what is no option
        if name == "outbox_dir":
            raise
        return _option(name).default


def wrong(conf):
    """``[(name, default, why)]`` of the options whose value in nova.conf is invalid."""
    found = []
    for option in OPTIONS:
        try:
            conf[GROUP][option.name]
        except ValueError as exc:
            found.append((option.name, option.default, exc))
        except _NO_STATE_PATH as exc:
            if option.name != "outbox_dir":
                found.append((option.name, option.default, exc))
    return found


def outbox_dir(conf):
    """Where notifications wait: str, a path."""
    try:
        return value(conf, "outbox_dir")
    except _NO_STATE_PATH:
        return _WITHOUT_STATE_PATH


def list_opts():
    """For oslo-config-generator (entry point ``oslo.config.opts``)."""
    return [(GROUP, OPTIONS)]


def _option(name):
    return next(option for option in OPTIONS if option.name == name)
