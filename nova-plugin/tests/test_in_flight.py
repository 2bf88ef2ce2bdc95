"""Which operation answers for what, without a Nova."""

from vifcast_nova.hooks import in_flight
from vifcast_nova.notify import operation


class Instance(object):
    uuid = "the-server"


def an_operation(action="detach", cause="api", port_id="the-port"):
    made = operation.Operation(
        action, cause, None, None, Instance(), port_id=port_id
    )
    made.started = True
    return made


def ended(board, **kwargs):
    done = an_operation(**kwargs)
    board.enter(done)
    board.leave(done, False)
    return done


def test_echo_is_forgotten_after_its_time():
    now = [100.0]
    board = in_flight.InFlight(clock=lambda: now[0])
    ended(board)
    deletion = an_operation(cause="port_deleted")
    now[0] += in_flight.ECHO_S
    assert board.is_echo(deletion)
    now[0] += 0.1
    assert not board.is_echo(deletion)


def test_echo_is_of_one_port_only():
    board = in_flight.InFlight()
    ended(board)
    assert not board.is_echo(an_operation(cause="port_deleted", port_id="another"))


def test_number_of_remembered_ports_is_bounded(monkeypatch):
    monkeypatch.setattr(in_flight, "_ECHOES_KEPT", 10)
    board = in_flight.InFlight()
    for n in range(25):
        ended(board, port_id="port-%d" % n)
    kept = [
        n
        for n in range(25)
        if board.is_echo(an_operation(cause="port_deleted", port_id="port-%d" % n))
    ]
    assert kept == list(range(15, 25))


def test_operations_of_a_thread_are_a_stack():
    board = in_flight.InFlight()
    outer, inner = an_operation(), an_operation(port_id="another")
    assert board.current() is None
    board.enter(outer)
    board.enter(inner)
    assert board.current() is inner
    board.leave(inner, False)
    assert board.current() is outer
    board.leave(outer, False)
    assert board.current() is None


def test_refused_detach_covers_nothing():
    board = in_flight.InFlight()
    not_started = an_operation()
    not_started.started = False
    board.enter(not_started)
    deletion = an_operation(cause="port_deleted")
    board.cover(deletion)
    assert deletion.covered_by is None
