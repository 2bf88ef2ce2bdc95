import warnings

import pytest
from oslo_config import cfg

from vifcast.model import Source

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports eventlet, which is deprecated
    import oslo_messaging


@pytest.fixture
def notifier():
    oslo_messaging.set_transport_defaults("nova")
    conf = cfg.ConfigOpts()
    conf([], project="nova")
    transport = oslo_messaging.get_notification_transport(conf, "kombu+memory:////")
    yield oslo_messaging.Notifier(
        transport, "compute.compute-1", driver="messagingv2", topics=["notifications"]
    )
    transport.cleanup()


def test_oslo_messaging_and_the_service_share_a_broker_inside_one_process(serve, notifier, until):
    seen = []
    server = serve("memory://", on_events=seen.extend)
    until(server.state.is_healthy)
    # It makes the exchange, which vifcast waits for.
    notifier.info({}, "compute.instance.update", {"instance_id": "i"})
    until(lambda: server.state.warning is None)
    notifier.info({}, "compute.instance.interface_attach.start", {"instance_id": "i"})
    notifier.error({}, "compute.instance.interface_attach.error", {"instance_id": "i"})
    until(lambda: len(seen) == 2)
    assert {event.phase for event in seen} == {"start", "error"}
    assert {event.source for event in seen} == {Source.HAND_PATCH}
