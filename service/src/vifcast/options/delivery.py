"""Options of what is sent to subscriptions."""

from oslo_config import cfg

DELIVERY: list[cfg.Opt] = [
    cfg.StrOpt(
        "encryption_keys",
        secret=True,
        help="Keys that encrypt the secrets of subscriptions in the database, separated by "
        "commas: the first encrypts, all decrypt. vifcast subscription key makes one. Every "
        "process on one database needs the same. Default: on SQLite, a key in data_dir that "
        "is made when it is first needed; on other databases there is none.",
    ),
    cfg.ListOpt(
        "schedule_s",
        default=[
            *("0", "5", "60", "300", "1800", "3600", "7200", "18000", "36000", "50400"),
            *("72000", "86400"),
        ],
        help="Seconds to wait before each attempt of a delivery, the first included. After "
        "the last a delivery is dead. Up to a tenth is added at random.",
    ),
    cfg.FloatOpt(
        "connect_timeout_s",
        default=5.0,
        min=0.1,
        max=60.0,
        help="How many seconds a receiver has to accept a connection, TLS included.",
    ),
    cfg.FloatOpt(
        "timeout_s",
        default=15.0,
        min=0.1,
        max=120.0,
        help="How many seconds an attempt may take in all.",
    ),
    cfg.IntOpt(
        "in_flight",
        default=16,
        min=1,
        max=1000,
        help="How many deliveries of one subscription a process sends at once.",
    ),
    cfg.IntOpt(
        "in_flight_total",
        default=200,
        min=1,
        max=10_000,
        help="How many deliveries a process sends at once.",
    ),
    cfg.ListOpt(
        "allowed_networks",
        default=[],
        help="Networks among the loopback, link-local, private, carrier, documentation, "
        "multicast and reserved ranges that receivers may be in, such as 10.20.0.0/16, "
        "fd00:20::/32; 0.0.0.0/0, ::/0: all. Whoever may make a subscription can have vifcast "
        "send HTTP requests there. Default: none, so only public addresses.",
    ),
    cfg.StrOpt(
        "proxy",
        secret=True,
        help="URL of the HTTP proxy through which all webhooks are sent, such as "
        "http://proxy.example.org:3128, with USER:PASSWORD@ if it needs them. The proxy may "
        "be in any network; it resolves the names of receivers, so it has to refuse inner "
        "addresses itself. The environment's http_proxy and the like are ignored. Default: "
        "none.",
    ),
    cfg.ListOpt(
        "proxy_exceptions",
        default=[],
        help="What vifcast connects to directly although proxy is set: hosts, domains and "
        "networks, such as cmp.example.org, .cloud.example.org (all hosts below it), "
        "10.20.0.0/16. A network is for URLs with an address; names are not resolved for it. "
        "allowed_networks applies as without a proxy.",
    ),
    cfg.IntOpt(
        "circuit_failures",
        default=5,
        min=1,
        max=1000,
        help="After so many failures in a row nothing is sent to a receiver for 30 s. Then "
        "one delivery is tried; each time that it fails the pause doubles, up to 15 minutes.",
    ),
    cfg.FloatOpt(
        "disable_after_s",
        default=432_000.0,
        min=60.0,
        help="After so many seconds of nothing but failures a subscription is disabled. What "
        "is to be sent to it waits until it is resumed.",
    ),
    cfg.IntOpt(
        "max_subscriptions",
        default=100,
        min=1,
        max=100_000,
        help="How many subscriptions a project may have; those of the whole system may be as "
        "many together.",
    ),
]
