"""What ingest reports of itself after each thing that can happen to it."""

import logging

import pytest

from vifcast.errors import BrokerUnreachableError, StoreError
from vifcast.ingest.condition import Condition
from vifcast.ingest.state import IngestState

GONE = BrokerUnreachableError("the broker is gone")
FULL = StoreError("the disk is full")


@pytest.fixture
def state():
    return IngestState()


@pytest.fixture
def condition(state):
    return Condition(state, "vifcast-info and vifcast-error")


def test_connected_is_healthy(condition, state):
    assert condition.is_starting
    condition.connected("broker-1")
    assert state.is_healthy()
    assert not condition.is_starting


def test_broker_that_never_answers_leaves_it_starting(condition, state):
    condition.broker_failed(GONE, 1)
    condition.store_failed(FULL, 1)
    assert condition.is_starting
    assert not state.connected
    condition.connected("broker-1")
    assert state.is_healthy()


def test_connected_again_after_the_broker_was_gone_is_healthy(condition, state):
    condition.connected("broker-1")
    condition.broker_failed(GONE, 1)
    assert (state.connected, state.problem) == (False, "the broker is gone")
    condition.connected("broker-2")
    assert state.is_healthy()


def test_batch_that_could_not_be_stored_is_a_problem_until_one_is_committed(condition, state):
    condition.connected("broker-1")
    condition.store_failed(FULL, 1)
    condition.connected("broker-1")
    assert (state.connected, state.problem) == (True, "the disk is full")
    condition.committed()
    assert state.is_healthy()


def test_commit_stays_unproven_while_the_broker_comes_and_goes(condition, state):
    condition.connected("broker-1")
    condition.store_failed(FULL, 1)
    condition.connected("broker-1")
    condition.broker_failed(GONE, 1)
    condition.connected("broker-1")
    assert state.problem == "the broker is gone"
    condition.store_failed(FULL, 1)
    condition.connected("broker-1")
    assert not state.is_healthy()
    condition.committed()
    assert state.is_healthy()


def test_failed_check_of_the_database_is_over_once_connected(condition, state):
    condition.connected("broker-1")
    condition.broker_failed(GONE, 1)
    condition.store_failed(FULL, 1)
    condition.connected("broker-1")
    assert state.is_healthy()


def test_same_error_is_logged_once_until_it_works_again(condition, caplog):
    caplog.set_level(logging.INFO)
    condition.connected("broker-1")
    for _ in range(3):
        condition.broker_failed(GONE, 1)
    condition.connected("broker-2")
    condition.broker_failed(GONE, 1)
    assert [each.levelname for each in caplog.records] == ["INFO", "ERROR", "INFO", "ERROR"]
    assert "reading vifcast-info and vifcast-error at broker-2" in caplog.text
