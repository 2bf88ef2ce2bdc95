from dataclasses import replace

from vifcast.bus.topology import topology_from
from vifcast.config import load_settings

INGEST = load_settings().ingest


LIMITS = {"x-max-length": 1_000_000, "x-message-ttl": 604_800_000}


def test_own_queue_is_bounded_by_default():
    topology = topology_from(INGEST)
    assert topology.queues == ("vifcast",)
    assert topology.own_arguments == LIMITS


def test_own_queue_can_put_what_it_drops_where_it_is_kept():
    assert topology_from(INGEST).own_arguments_with_drops == LIMITS | {
        "x-dead-letter-exchange": "vifcast.dropped",
        "x-dead-letter-routing-key": "vifcast.dropped",
    }


def test_quorum_queues_are_asked_for_by_their_argument():
    topology = topology_from(replace(INGEST, queue_type="quorum"))
    for arguments in (topology.own_arguments_with_drops, topology.dropped_arguments):
        assert arguments["x-queue-type"] == "quorum"


def test_neutrons_exchange_is_bound_only_if_it_is_named():
    assert topology_from(INGEST).exchanges == ("nova",)
    assert topology_from(replace(INGEST, neutron_exchange="n")).exchanges == ("nova", "n")


def test_default_queues_are_those_of_every_topic():
    topology = topology_from(replace(INGEST, consume_default_queue=True, topics=("a", "b")))
    assert topology.queues == ("a.info", "a.error", "b.info", "b.error")
