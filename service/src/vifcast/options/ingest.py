"""Options of the brokers that are read."""

from oslo_config import cfg

_MIB = 1024 * 1024

INGEST: list[cfg.Opt] = [
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
]


# Of the section of each broker that [ingest] enabled_brokers names.
OF_ONE_BROKER: list[cfg.Opt] = [
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
    *OF_ONE_BROKER,
    *(option for option in INGEST if option.dest not in _OF_ALL_BROKERS),
]
