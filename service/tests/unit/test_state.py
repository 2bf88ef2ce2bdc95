from vifcast.ingest.state import IngestState, IngestStates


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


def state_of(name, *, connected=True, problem=None, warning=None):
    state = IngestState(broker="host:5672", name=name, warning=warning)
    state.set(connected=connected, problem=problem)
    return state


def test_only_broker_is_all_of_them():
    state = state_of(None, warning="full")
    assert IngestStates([state]).together() is state


def test_brokers_together_have_a_problem_while_none_is_read():
    states = IngestStates(
        [state_of("a", connected=False, problem="gone"), state_of("b", connected=False)]
    )
    assert (states.is_reading, len(states.away)) == (False, 2)
    together = states.together()
    assert together.broker == "a (host:5672); b (host:5672)"
    assert together.problem == "broker a: gone; broker b: connecting to host:5672"
    assert not together.is_healthy()


def test_broker_that_is_away_is_a_warning_while_another_is_read():
    states = IngestStates([state_of("a", connected=False, problem="gone"), state_of("b")])
    states.brokers[1].warning = "full"
    assert states.is_reading
    together = states.together()
    assert together.is_healthy()
    assert together.warning == "broker a: gone; broker b: full"
