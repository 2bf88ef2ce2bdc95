"""What /metrics shows; each is explained in docs/metrics.md, and a test keeps it so."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from vifcast.version import __version__

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_OUTCOMES = (
    "stored", "duplicate", "too_old", "report", "probe", "skipped", "dead_letter",
)  # fmt: skip
_DELAY_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)


class Metrics:
    """The metrics of one running service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        build = Gauge("vifcast_build_info", "1.", ["version"], registry=self.registry)
        build.labels(__version__).set(1)
        self.notifications = Counter(
            "vifcast_notifications",
            "Notifications read from the bus, by broker and outcome.",
            ["broker", "outcome"],
            registry=self.registry,
        )
        self.received_bytes = Counter(
            "vifcast_received_bytes",
            "Bytes of the bodies read.",
            ["broker"],
            registry=self.registry,
        )
        self.events = Counter(
            "vifcast_events", "Events stored.", ["event_type"], registry=self.registry
        )
        self.event_delay = Histogram(
            "vifcast_event_delay_seconds",
            "From the time in the notification until it was taken from the bus.",
            ["broker"],
            buckets=_DELAY_S,
            registry=self.registry,
        )
        self.commit_delay = Histogram(
            "vifcast_commit_delay_seconds",
            "From the time in the notification until its event was stored.",
            ["broker"],
            buckets=_DELAY_S,
            registry=self.registry,
        )
        self.hosts = Gauge(
            "vifcast_hosts",
            "Compute hosts known, by state and region.",
            ["state", "region"],
            registry=self.registry,
        )
        self.hosts_lane = Gauge(
            "vifcast_hosts_lane",
            "Compute hosts that report, by how they use the lane.",
            ["state"],
            registry=self.registry,
        )
        self.outbox_depth = Gauge(
            "vifcast_outbox_depth",
            "Notifications that wait in the outboxes of hosts that report.",
            registry=self.registry,
        )
        self.gaps = Gauge(
            "vifcast_gaps",
            "Gaps that are kept or open, by reason, state and region.",
            ["reason", "state", "region"],
            registry=self.registry,
        )
        self.dead_letters = Gauge(
            "vifcast_dead_letters",
            "Dead letters that are kept, by reason.",
            ["reason"],
            registry=self.registry,
        )
        self.stream_readers = Gauge(
            "vifcast_stream_readers", "Streams that are open.", registry=self.registry
        )
        self.stream_sent = Counter(
            "vifcast_stream_sent",
            "Messages sent to readers of the stream, by kind.",
            ["message"],
            registry=self.registry,
        )
        for message in ("event", "operation"):
            self.stream_sent.labels(message)
        self.stream_dropped = Counter(
            "vifcast_stream_dropped",
            "Streams that vifcast ended, by reason.",
            ["reason"],
            registry=self.registry,
        )
        self.stream_delay = Histogram(
            "vifcast_stream_delay_seconds",
            "From the time when an event was taken from the bus until a reader was sent it.",
            buckets=_DELAY_S,
            registry=self.registry,
        )
        self.batch_size = Histogram(
            "vifcast_batch_size",
            "Notifications in one batch.",
            buckets=(1, 2, 5, 10, 50, 100, 500, 1000, 5000),
            registry=self.registry,
        )
        self.commit_seconds = Histogram(
            "vifcast_commit_seconds", "Time of one commit.", registry=self.registry
        )
        self.broker_connected = Gauge(
            "vifcast_broker_connected",
            "1 while connected to the broker.",
            ["broker"],
            registry=self.registry,
        )
        self.broker_connects = Counter(
            "vifcast_broker_connects",
            "Connections made to a broker.",
            ["broker"],
            registry=self.registry,
        )
        self.queue_depth = Gauge(
            "vifcast_queue_depth",
            "Notifications that wait in a queue that vifcast reads.",
            ["broker", "queue"],
            registry=self.registry,
        )
        self.unbound = Gauge(
            "vifcast_unbound_exchanges",
            "Exchanges of Nova and Neutron that the queue is not bound to.",
            ["broker"],
            registry=self.registry,
        )
        self.queue_full = Counter(
            "vifcast_queue_full",
            "How often a queue was found full, so that RabbitMQ drops for good.",
            ["broker"],
            registry=self.registry,
        )
        self.dropped = Counter(
            "vifcast_dropped",
            "Notifications that RabbitMQ dropped from the queue and vifcast stored anyway.",
            ["broker"],
            registry=self.registry,
        )
        self.broker_failures = Counter(
            "vifcast_broker_failures",
            "Connections to the broker that failed or broke.",
            ["broker"],
            registry=self.registry,
        )
        self.store_failures = Counter(
            "vifcast_store_failures",
            "Batches that could not be stored.",
            ["broker"],
            registry=self.registry,
        )
        self.requests = Counter(
            "vifcast_http_requests",
            "Requests answered, by route and status.",
            ["route", "status"],
            registry=self.registry,
        )
        self.malformed_requests = Counter(
            "vifcast_http_malformed_requests",
            "What was sent to the HTTP server and is no request.",
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "vifcast_http_request_seconds",
            "Time from a request to the end of its answer, by route.",
            ["route"],
            registry=self.registry,
        )
        self.authentication_failures = Counter(
            "vifcast_authentication_failures",
            "Requests whose caller could not be found out, by reason.",
            ["reason"],
            registry=self.registry,
        )
        self.deliveries = Counter(
            "vifcast_deliveries",
            "Deliveries that were tried or given up, by outcome.",
            ["outcome"],
            registry=self.registry,
        )
        for outcome in ("delivered", "retry", "dead", "cancelled"):
            self.deliveries.labels(outcome)
        self.delivery_attempts = Counter(
            "vifcast_delivery_attempts",
            "Answers of receivers, by class of the status.",
            ["status"],
            registry=self.registry,
        )
        for status in ("2xx", "3xx", "4xx", "5xx", "none"):
            self.delivery_attempts.labels(status)
        self.delivery_delay = Histogram(
            "vifcast_delivery_delay_seconds",
            "From the time in the notification until the receiver had it.",
            buckets=_DELAY_S,
            registry=self.registry,
        )
        self.deliveries_waiting = Gauge(
            "vifcast_deliveries_waiting",
            "Deliveries that are to be sent, by how their subscriptions are.",
            ["state"],
            registry=self.registry,
        )
        self.deliveries_oldest = Gauge(
            "vifcast_deliveries_oldest_seconds",
            "For how long the oldest delivery that is to be sent has waited.",
            ["state"],
            registry=self.registry,
        )
        self.subscriptions = Gauge(
            "vifcast_subscriptions",
            "Subscriptions, by how they are.",
            ["state"],
            registry=self.registry,
        )
        self.circuits_open = Gauge(
            "vifcast_circuits_open",
            "Subscriptions to which nothing is sent for a while, because it failed.",
            registry=self.registry,
        )
        self.subscriptions_disabled = Counter(
            "vifcast_subscriptions_disabled",
            "Subscriptions that vifcast disabled, by reason.",
            ["reason"],
            registry=self.registry,
        )
        for reason in ("gone", "failing"):
            self.subscriptions_disabled.labels(reason)
        self.policy_problem = Gauge(
            "vifcast_policy_problem",
            "1 while the policy file is wrong or gone, and its former rules hold.",
            registry=self.registry,
        )
        self.database_connections = Gauge(
            "vifcast_database_connections",
            "Connections to the database that are held open to read, by state.",
            ["state"],
            registry=self.registry,
        )

    def of_broker(self, label: str) -> "BrokerMetrics":
        """Those of one broker, under its name in the configuration; they are there from now on."""
        return BrokerMetrics(self, label)

    def render(self) -> bytes:
        """All of them, in Prometheus' text format."""
        return generate_latest(self.registry)


class BrokerMetrics:
    """The metrics that whoever reads one broker keeps; those that are of no broker included."""

    def __init__(self, metrics: Metrics, label: str) -> None:
        self.notifications = partial(metrics.notifications.labels, label)
        for outcome in _OUTCOMES:
            self.notifications(outcome)
        self.received_bytes = metrics.received_bytes.labels(label)
        self.event_delay = metrics.event_delay.labels(label)
        self.commit_delay = metrics.commit_delay.labels(label)
        self.connected = metrics.broker_connected.labels(label)
        self.connects = metrics.broker_connects.labels(label)
        self.failures = metrics.broker_failures.labels(label)
        self.unbound = metrics.unbound.labels(label)
        self.queue_full = metrics.queue_full.labels(label)
        self.dropped = metrics.dropped.labels(label)
        self.store_failures = metrics.store_failures.labels(label)
        self.events = metrics.events
        self.batch_size = metrics.batch_size
        self.commit_seconds = metrics.commit_seconds
        self._queue_depth = metrics.queue_depth
        self._label = label
        self._queues: set[str] = set()

    def queue_depth(self, queue: str) -> Gauge:
        """That of one of its queues."""
        self._queues.add(queue)
        return self._queue_depth.labels(self._label, queue)

    def forget_queues(self) -> None:
        """How much waits in its queues is not known any more."""
        for queue in self._queues:
            self._queue_depth.remove(self._label, queue)
        self._queues.clear()
