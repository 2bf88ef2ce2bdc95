"""Nova's exceptions reach its caller as they are, and are reported, whatever breaks in us."""

import os

import pytest
from lab import breaking
from lab.wire import phases

PORT = "bbbbbbbb-0000-4000-8000-000000000001"


# On Python 2.7 an exception of ours, though caught, could take the place of Nova's.
# (Nothing calls the first of these.)
@pytest.mark.parametrize(
    "name", ["options.list_opts", "notify.nic_notifier.NicNotifier.send", "hooks.wrappers._failed"]
)
def test_the_very_exception_reaches_the_caller_with_its_traceback(nova, server, name):
    mine = RuntimeError("qemu is gone")
    nova.plugs.attach_raises = mine
    with breaking.broken(breaking.functions()[name]):
        with pytest.raises(RuntimeError) as caught:
            server.attach(port_id=PORT)
    assert caught.value is mine
    assert os.path.basename(str(caught.traceback[-1].path)) == "plugs.py"


def about(server, bus):
    """The notifications of this server: a broken outbox may have left of others what comes now."""
    heard = bus.take_nics()
    return [n for n in heard if n["payload"]["instance_id"] == server.instance.uuid]


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_what_is_no_exception_is_reported_and_passes(nova, server, bus, kind):
    nova.plugs.attach_raises = kind("the host goes down")
    with pytest.raises(kind):
        server.attach(port_id=PORT)
    heard = about(server, bus)
    assert phases(heard) == ["attach.start", "attach.error"]


def test_a_phase_that_cannot_be_sent_does_not_silence_the_other(nova, server, bus):
    from vifcast_nova.hooks import install

    original_send = install._notifier.send

    def not_the_start(operation, phase, failure=None):
        if phase == "start":
            raise RuntimeError("broken on purpose")
        original_send(operation, phase, failure)

    install._notifier.send = not_the_start
    try:
        server.attach(port_id=PORT)
    finally:
        del install._notifier.send
    assert phases(about(server, bus)) == ["attach.end"]
