import pytest

from vifcast.bus.declare import Standing
from vifcast.ingest import queue_watch
from vifcast.ingest.queue_watch import Watch
from vifcast.ingest.state import IngestState
from vifcast.metrics import Metrics


@pytest.fixture
def state():
    return IngestState()


@pytest.fixture
def watching(state):
    return Watch("vifcast", Metrics().of_broker("default"), state)


def test_queues_that_are_well_need_no_warning(watching, state, caplog):
    watching.looked(Standing({"vifcast": 12, "vifcast.dropped": 0}))
    watching.took(0)
    assert state.warning is None
    assert not caplog.messages


def test_dropped_ones_are_logged_once_a_minute_and_all_counted(
    watching, state, caplog, monkeypatch
):
    for _ in range(3):
        watching.took(2)
    assert [text[:32] for text in caplog.messages] == ["RabbitMQ dropped 2 notifications"]
    assert "taken 6 notifications" in state.warning
    monkeypatch.setattr(queue_watch, "_AT_MOST_EVERY_S", 0.0)
    # A minute later the others are logged, even if no more come.
    watching.looked(Standing({"vifcast": 0, "vifcast.dropped": 0}))
    assert caplog.messages[1].startswith("RabbitMQ dropped 4 notifications from queue vifcast")
    watching.looked(Standing({"vifcast": 0, "vifcast.dropped": 0}))
    assert len(caplog.messages) == 2


def test_loss_is_logged_once_a_minute_and_stays_a_warning(watching, state, caplog):
    for _ in range(3):
        watching.looked(Standing({"vifcast": 10}, full="queue vifcast"))
    watching.looked(Standing({"vifcast": 0}))
    assert len(caplog.messages) == 1
    assert state.warning.startswith("queue vifcast was full at ")


def test_exchanges_that_are_not_bound_are_counted_while_they_are_not(state):
    metrics = Metrics().of_broker("default")
    watching = Watch("vifcast", metrics, state)
    for unbound, count in ((("nova", "neutron"), 2), ((), 0)):
        watching.looked(Standing({"vifcast": 0}, unbound=unbound))
        assert metrics.unbound._value.get() == count


def test_lane_that_is_not_used_is_said_once(watching, state, caplog):
    for _ in range(2):
        watching.looked(Standing({"vifcast": 0}, no_lane="no lane"))
    assert caplog.messages == ["no lane"]
    assert state.warning == "no lane"


def test_missing_exchange_is_a_warning_while_it_is_missing(watching, state, caplog):
    for _ in range(2):
        watching.looked(
            Standing({"vifcast": 0}, missing="binding queue vifcast to exchange nova failed")
        )
    assert caplog.messages == ["binding queue vifcast to exchange nova failed"]
    assert state.warning == "binding queue vifcast to exchange nova failed"
    watching.looked(Standing({"vifcast": 0}))
    assert state.warning is None
