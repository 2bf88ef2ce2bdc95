import threading

import pytest

from vifcast.store.gate import Gate


def test_whoever_wants_to_be_alone_waits_for_those_inside_and_no_one_else_comes_in():
    gate, seen = Gate(), []
    leave = threading.Event()
    is_inside = threading.Event()

    def stay():
        with gate:
            is_inside.set()
            leave.wait(60)
            seen.append("left")

    def be_alone():
        with gate.alone(60) as is_alone:
            seen.append(("alone", is_alone))

    def come():
        with gate:
            seen.append("came")

    threads = [threading.Thread(target=each) for each in (stay, be_alone, come)]
    threads[0].start()
    assert is_inside.wait(60)
    threads[1].start()
    while not gate._is_closed:
        pass
    threads[2].start()
    while len(gate._changed._waiters) < 2:
        pass
    assert seen == []
    leave.set()
    for thread in threads:
        thread.join(60)
    assert seen == ["left", ("alone", True), "came"]


def test_whoever_waits_to_be_alone_for_too_long_is_not():
    gate = Gate()
    with gate, gate.alone(0.01) as is_alone:
        assert not is_alone
    with gate:
        pass
    with gate.alone(0) as is_alone:
        assert is_alone


def test_error_while_alone_lets_others_in_again():
    gate = Gate()
    with pytest.raises(ZeroDivisionError), gate.alone(0):
        raise ZeroDivisionError
    with gate:
        pass
