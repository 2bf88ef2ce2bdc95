"""Options: their names, defaults and help.

The page docs/configuration.md and the sample file beside it are made of them. An operator of
OpenStack knows the file format.
"""

from oslo_config import cfg

_MIB = 1024 * 1024

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
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
    ],
    "database": [
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
    ],
    "ingest": [
        cfg.ListOpt(
            "enabled_brokers",
            default=[],
            help="Names of the brokers to read, if there are several: one for each cell or region "
            "(docs/several-brokers.md). Each has a section of that name below, in which any option "
            "of this section may stand. Empty: one broker, that of transport_url.",
        ),
        cfg.StrOpt(
            "transport_url",
            secret=True,
            help="URL of the broker, as in nova.conf; required unless enabled_brokers is set. "
            "Several hosts are tried in random order. ?ssl=1 switches TLS on, on port 5671, with "
            "ssl_ca_file, ssl_cert_file and ssl_key_file. As in oslo.messaging, the broker's "
            "certificate is verified only if ssl_ca_file is given; then the certificate of each "
            "host must be for the name in this URL. Also --transport-url and "
            "VIFCAST_TRANSPORT_URL.",
        ),
        cfg.StrOpt(
            "exchange",
            default="nova",
            help="The exchange that Nova publishes to (its control_exchange).",
        ),
        cfg.StrOpt(
            "neutron_exchange",
            help="The exchange that Neutron publishes to, usually neutron. If set, vifcast binds "
            "its queue to it for the same topics. Not needed with consume_default_queue: Nova and "
            "Neutron publish into the same queues.",
        ),
        cfg.StrOpt(
            "lane_exchange",
            default="vifcast",
            help="The durable lane: a durable exchange that vifcast creates and binds its queue "
            "to, and to which vifcast-nova sends in addition to Nova's. Use the same name as "
            "lane_exchange in [vifcast] of every nova.conf. Empty: no lane. With "
            "consume_default_queue there is no lane.",
        ),
        cfg.ListOpt(
            "topics",
            default=["notifications", "versioned_notifications"],
            help="The topics of Nova's [oslo_messaging_notifications], and the topic of its "
            "versioned notifications. A binding for a topic to which nothing is sent costs "
            "nothing. With consume_default_queue the default is notifications alone: the queues "
            "of the other topic may belong to another listener, so vifcast reads them only if you "
            "name the topic. If you remove a topic or an exchange later, its binding stays until "
            "the queue is deleted.",
        ),
        cfg.StrOpt(
            "queue",
            default="vifcast",
            help="Name of vifcast's own queue. vifcast also creates two queues whose names are "
            "this one followed by .dropped and .bound. Do not use a name of Nova's.",
        ),
        cfg.StrOpt(
            "queue_type",
            default="classic",
            choices=["classic", "quorum"],
            help="Type of the queue in RabbitMQ. An existing queue keeps its type: delete it and "
            "the one that ends in .dropped first, or choose another name.",
        ),
        cfg.IntOpt(
            "queue_max_length",
            default=1_000_000,
            min=1,
            help="How many notifications the queue holds while vifcast is away. Then RabbitMQ "
            "drops the oldest.",
        ),
        cfg.IntOpt(
            "queue_ttl_s",
            default=604_800,
            min=1,
            help="How many seconds the queue holds a notification while vifcast is away. An "
            "existing queue keeps its value of this and of queue_max_length.",
        ),
        cfg.BoolOpt(
            "consume_default_queue",
            default=False,
            help="Read the queues of the topics that end in .info and .error instead of vifcast's "
            "own. Use it only if no other listener reads them. vifcast never creates these "
            "queues; it waits until Nova does.",
        ),
        cfg.BoolOpt(
            "amqp_durable_queues",
            default=False,
            help="Has no effect, and vifcast logs that when it starts: it declares nothing of "
            "Nova's. Remove the option.",
        ),
        cfg.IntOpt(
            "prefetch",
            default=4000,
            min=1,
            max=65535,
            help="How many notifications may be unacknowledged at once.",
        ),
        cfg.IntOpt(
            "batch_size",
            default=2000,
            min=1,
            help="Largest number of notifications in one commit.",
        ),
        cfg.IntOpt(
            "batch_wait_ms",
            default=50,
            min=0,
            max=5000,
            help="How many milliseconds vifcast gathers a batch; when the bus is quiet, it "
            "commits after 5 ms.",
        ),
        cfg.IntOpt(
            "max_body_bytes",
            default=_MIB,
            min=1024,
            help="Longer bodies become dead letters unread; of a compressed body the decompressed "
            "length counts.",
        ),
        cfg.IntOpt(
            "dead_letter_keep_bytes",
            default=65536,
            min=0,
            help="How many bytes of the body of a dead letter are kept.",
        ),
        cfg.IntOpt("heartbeat_s", default=30, min=0, help="AMQP heartbeat, in seconds; 0: none."),
        cfg.FloatOpt(
            "connect_timeout_s",
            default=5.0,
            min=0.1,
            help="How many seconds one broker host may take to answer.",
        ),
        cfg.FloatOpt(
            "retry_max_s",
            default=30.0,
            min=0.1,
            help="Longest pause, in seconds, between two tries to reach broker or store.",
        ),
    ],
    "ledger": [
        cfg.IntOpt(
            "overdue_after_s",
            default=600,
            min=1,
            help="An operation that has been running for more than this many seconds is overdue.",
        ),
    ],
    "retention": [
        cfg.IntOpt(
            "events_days",
            default=0,
            min=0,
            help="How many days events are kept, at least 14; 0: for ever. Events of attached "
            "NICs are kept longer.",
        ),
        cfg.IntOpt(
            "operations_days",
            default=0,
            min=0,
            help="How many days operations are kept after their end; 0: for ever. At least "
            "events_days.",
        ),
        cfg.IntOpt(
            "attachments_days",
            default=0,
            min=0,
            help="How many days attachments are kept after the detach; 0: for ever. At least "
            "operations_days.",
        ),
        cfg.IntOpt(
            "dead_letters_days",
            default=90,
            min=0,
            help="How many days dead letters are kept; 0: for ever.",
        ),
        cfg.IntOpt(
            "deliveries_days",
            default=30,
            min=0,
            help="How many days deliveries of subscriptions and their attempts are kept once they "
            "are delivered, dead or cancelled; 0: for ever.",
        ),
        cfg.IntOpt(
            "undelivered_days",
            default=30,
            min=0,
            help="How many days a delivery may wait, as for a subscription that is paused or "
            "disabled, before it is given up (dead); 0: for ever.",
        ),
    ],
    "reconcile": [
        cfg.StrOpt(
            "cloud",
            help="The cloud of clouds.yaml that the ledger is compared with, as in vifcast "
            "reconcile --cloud.",
        ),
        cfg.BoolOpt(
            "after_gap",
            default=False,
            help="vifcast serve compares and corrects the ledger when a gap has closed. Needs "
            "cloud. If several services share a database, set it in one of them.",
        ),
        cfg.FloatOpt(
            "settle_s",
            default=10.0,
            min=0.0,
            max=600.0,
            help="How many seconds vifcast serve waits before it reads the cloud, and again "
            "before it corrects a difference, so that notifications under way can arrive.",
        ),
    ],
    "health": [
        cfg.StrOpt(
            "listen",
            default="127.0.0.1:8734",
            help="Address on which vifcast ingest answers /healthz, /readyz and /metrics, without "
            "authentication; empty: nowhere. vifcast serve and vifcast api answer these at [api] "
            "listen.",
        ),
    ],
    "delivery": [
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
    ],
    "api": [
        cfg.StrOpt(
            "listen",
            default="127.0.0.1:8733",
            help="Address of the API and the web page. An address other than loopback needs auth "
            "= keystone or token. Also --listen.",
        ),
        cfg.StrOpt(
            "auth",
            default="none",
            choices=[
                ("keystone", "by the tokens of OpenStack, as [keystone_authtoken] says"),
                ("token", "by tokens that vifcast token create makes"),
                ("none", "not at all; only on loopback"),
            ],
            help="How the API finds out who asks.",
        ),
        cfg.StrOpt(
            "ssl_cert_file",
            help="PEM file with the certificate of the API and its chain. If set, the API is "
            "served over TLS 1.2 or later only. Read when vifcast starts.",
        ),
        cfg.StrOpt(
            "ssl_key_file",
            help="PEM file with the key of ssl_cert_file, without a password. Default: the key is "
            "in ssl_cert_file.",
        ),
        cfg.StrOpt(
            "path_prefix",
            help="Path below which a proxy offers the API, such as /nic-ledger. The proxy may pass "
            "the prefix on or remove it.",
        ),
        cfg.ListOpt(
            "trusted_proxies",
            default=[],
            help="Addresses and networks of proxies, such as 10.0.0.5, 10.1.0.0/16. Of requests "
            "from there, Forwarded names the client, the scheme and the host, or, if it is not "
            "sent, X-Forwarded-For the client and X-Forwarded-Proto the scheme; from anywhere "
            "else these headers are ignored.",
        ),
        cfg.IntOpt(
            "stream_readers",
            default=1000,
            min=0,
            max=100_000,
            help="How many clients may read GET /v1/stream at once from one process. Others are "
            "refused with 503.",
        ),
        cfg.IntOpt(
            "stream_readers_per_caller",
            default=20,
            min=0,
            max=100_000,
            help="How many of these one caller may have: a user of a project, or a token. More "
            "are refused with 429. 0: as many as there may be. Without effect with auth = none, "
            "because all are one caller then.",
        ),
        cfg.StrOpt(
            "rate_limit",
            help="How many requests a caller may send in a time, such as 600/minute (or second, "
            "hour); more are refused with 429. A caller is a user of a project, or a token; with "
            "auth = none all are one. Each process counts for itself. Default: no limit.",
        ),
    ],
}


# Of the section of each broker that [ingest] enabled_brokers names.
_OF_ONE_BROKER: list[cfg.Opt] = [
    cfg.StrOpt(
        "transport_url",
        secret=True,
        help="An example of the section of a broker that enabled_brokers in [ingest] names; give "
        "the section that name. URL of this broker; required. Any other option of [ingest] may "
        "stand here, too; its default is what [ingest] says.",
    ),
    cfg.StrOpt(
        "region",
        help="The region of this broker, as Keystone names it. Everything that comes from this "
        "broker gets it. Brokers of several cells of one region have the same. Default: null, as "
        "without enabled_brokers.",
    ),
    cfg.StrOpt(
        "cloud",
        help="The cloud of clouds.yaml that the ledger of this region is compared with. Default: "
        "cloud in [reconcile].",
    ),
]
_OF_ALL_BROKERS = frozenset({"transport_url", "enabled_brokers", "amqp_durable_queues"})

BROKER_OPTIONS: list[cfg.Opt] = [
    *_OF_ONE_BROKER,
    *(option for option in OPTIONS["ingest"] if option.dest not in _OF_ALL_BROKERS),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """The options by section, and an example of a broker's: an entry point of oslo.config.opts."""
    return [*OPTIONS.items(), ("cell1", _OF_ONE_BROKER)]
