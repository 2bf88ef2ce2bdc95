import threading

import pytest

from vifcast.store.turns import Turns


def test_threads_get_their_turn_in_the_order_in_which_they_came():
    turns, got = Turns(30), []
    turns.take()
    threads = []
    for number in range(5):

        def work(number=number):
            turns.take()
            got.append(number)
            turns.give_back()

        thread = threading.Thread(target=work)
        thread.start()
        threads.append(thread)
        while len(turns._waiting) <= number:
            pass
    assert got == []
    turns.give_back()
    for thread in threads:
        thread.join(10)
    assert got == [0, 1, 2, 3, 4]
    with turns.one():
        pass


def test_whoever_gives_back_and_takes_again_comes_after_those_who_wait():
    turns, got = Turns(30), []
    turns.take()

    def wait():
        with turns.one():
            got.append("waiting")

    thread = threading.Thread(target=wait)
    thread.start()
    while not turns._waiting:
        pass
    turns.give_back()
    turns.take()
    got.append("again")
    turns.give_back()
    thread.join(10)
    assert got == ["waiting", "again"]


def test_turn_ends_with_an_error():
    turns = Turns(30)
    with pytest.raises(ZeroDivisionError), turns.one():
        raise ZeroDivisionError
    with turns.one():
        pass


def test_whoever_waits_for_too_long_goes_on_without_a_turn():
    turns = Turns(0.01)
    assert turns.take()
    assert not turns.take()
    with turns.one():
        pass
    turns.give_back()
    assert turns.take()
