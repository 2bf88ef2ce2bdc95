from dataclasses import replace

from vifcast.bus.topology import topology_from
from vifcast.config import load_settings

INGEST = load_settings().ingest


def test_own_queue_is_bounded_by_default():
    topology = topology_from(INGEST)
    assert topology.queues == ("vifcast",)
    assert topology.own_arguments == {"x-max-length": 1_000_000, "x-message-ttl": 604_800_000}


def test_quorum_queue_is_asked_for_by_its_argument():
    topology = topology_from(replace(INGEST, queue_type="quorum"))
    assert topology.own_arguments["x-queue-type"] == "quorum"


def test_default_queues_are_those_of_every_topic():
    topology = topology_from(replace(INGEST, consume_default_queue=True, topics=("a", "b")))
    assert topology.queues == ("a.info", "a.error", "b.info", "b.error")
