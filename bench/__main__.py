"""``python -m bench [NAME …]``: run the benchmarks named, or all.

Needs the RabbitMQ that ``make bench`` starts. Each prints what it compared and,
last, ``BENCH <name> ratio=<number> <ours> vs <theirs>``.
"""

import sys
from collections.abc import Callable

from bench import (
    api,
    attach_path,
    broker_down,
    busy_host,
    databases,
    delivery,
    drain,
    ingest,
    lookup,
    memory,
    statistics,
    stream,
    subscriptions,
    web,
    web_readers,
    webhook_path,
)

BENCHMARKS: dict[str, Callable[[], None]] = {
    "api_vs_bare": api.run,
    "attach_path": attach_path.run,
    "attach_path_broker_down": broker_down.run,
    "outbox_drain_vs_messagingv2": drain.run,
    "busy_host_vs_messagingv2": busy_host.run,
    "ingest_durable_vs_oslo": ingest.nics_against_oslo,
    "ingest_mix_vs_oslo": ingest.mix_against_oslo,
    "ingest_skip_vs_oslo": ingest.others_against_oslo,
    "ingest_vs_ceilometer": ingest.nics_against_ceilometer,
    "ingest_durable_vs_pika": ingest.nics_against_pika,
    "delivery_vs_bare": delivery.run,
    "backlog_memory": delivery.backlog,
    "attach_to_webhook_ms": webhook_path.run,
    "ingest_with_subscriptions": subscriptions.run,
    "ingest_on_databases": databases.run,
    "lookup_ip_at_10m": lookup.on_sqlite,
    "lookup_ip_at_10m_postgresql": lookup.on_postgresql,
    "statistics_at_ten_million": statistics.run,
    "memory_over_events": memory.run,
    "stream_readers": stream.run,
    "web_at_10m": web.run,
    "web_open_pages": web_readers.run,
}


def main() -> int:
    """Returns the exit code."""
    names = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(
            f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}",
            file=sys.stderr,
        )
        return 2
    for name in names:
        print(f"\n{name}", flush=True)
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
