from vifcast.ingest.state import IngestState


def test_is_healthy_only_while_connected_without_a_problem():
    state = IngestState()
    assert not state.is_healthy()
    state.set(connected=True, problem=None)
    assert state.is_healthy()
    state.set(connected=False, problem="gone")
    assert not state.is_healthy()


def test_moment_of_the_last_change_is_kept():
    state = IngestState()
    state.set(connected=False, problem="gone")
    changed_at = state.changed_at
    state.set(connected=False, problem="gone")
    assert state.changed_at == changed_at
    state.set(connected=True, problem=None)
    assert state.changed_at > changed_at
