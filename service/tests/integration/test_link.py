"""Batches as they are received."""

from contextlib import closing

from notifications import body
from vifcast.bus.link import Link
from vifcast.bus.topology import topology_from
from vifcast.bus.transport_url import parse_transport_url
from vifcast.config import load_settings


def test_batch_ends_once_the_queue_is_empty_however_long_it_may_take(vhost, publish):
    with closing(
        Link.connect(
            parse_transport_url(vhost.transport_url),
            topology_from(load_settings().ingest),
            prefetch=1000,
            heartbeat_s=0,
            timeout_s=30,
        )
    ) as link:
        for _ in range(3):
            sent = body()
            publish(sent)
            # An hour is longer than this test may run.
            (received,) = link.receive(max_count=1000, max_bytes=1 << 20, wait_s=100, batch_s=3600)
            assert received.body == sent
            link.acknowledge([received])
