from vifcast.ingest.state import IngestState


def test_is_healthy_only_while_connected_without_a_problem():
    state = IngestState()
    assert not state.is_healthy()
    state.set(connected=True, problem=None)
    assert state.is_healthy()
    state.set(connected=False, problem="gone")
    assert not state.is_healthy()


def test_only_a_change_is_told():
    state = IngestState()
    assert state.set(connected=False, problem="gone")
    assert not state.set(connected=False, problem="gone")
    assert state.set(connected=True, problem=None)
