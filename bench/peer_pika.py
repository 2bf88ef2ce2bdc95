"""The bare limit: pika takes each message, looks at nothing, acknowledges."""

import json
import sys

import pika

from bench import bus
from bench.meter import Meter

QUEUE = "bare"
PREFETCH = 2000
ACKNOWLEDGE_EVERY = 500


def main(url: str, count: int) -> float:
    """Take ``count`` notifications; returns how many a second."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.exchange_declare(bus.EXCHANGE, exchange_type="topic", durable=False)
    channel.queue_declare(QUEUE, durable=True)
    channel.queue_bind(QUEUE, bus.EXCHANGE, bus.ROUTING_KEY)
    meter = Meter(count)
    if count:
        channel.basic_qos(prefetch_count=PREFETCH)
        _consume(channel, meter, count)
    connection.close()
    return meter.rate if count else 0


def _consume(
    channel: "pika.adapters.blocking_connection.BlockingChannel", meter: Meter, count: int
) -> None:
    for seen, (method, _, _) in enumerate(channel.consume(QUEUE), start=1):
        if seen % ACKNOWLEDGE_EVERY == 0 or seen == count:
            channel.basic_ack(method.delivery_tag, multiple=True)
            meter.done(seen % ACKNOWLEDGE_EVERY or ACKNOWLEDGE_EVERY)
        if seen == count:
            return


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
