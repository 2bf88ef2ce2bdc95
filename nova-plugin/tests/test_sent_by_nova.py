"""Which notifications a Nova is found to send itself: those that its code sends."""

import types

import pytest
from vifcast_nova.hooks import hookpoints

START = "interface_attach.start"
CALL = b"        compute_utils.notify_about_instance_action(\n"
OURS = b"        self._notify_about_instance_usage(context, instance, %s)\n"

SENDING = {
    "literal": OURS % b'"interface_attach.start"',
    "in two pieces": OURS % b'"interface_" + "attach.start"',
    "in a format": OURS.replace(b"%s", b'"interface_%s.start" % "attach"'),
    "own function": b"        self._tell_the_cmp(instance, 'interface_attach.start')\n",
    "event type": b"        self.notifier.info("
    b"context, 'compute.instance.interface_attach.start', {})\n",
}
SPEAKING = {
    "log": b"        LOG.debug('interface_attach.start', instance=instance)\n",
    "log of the event type": b"        LOG.debug('compute.instance.interface_attach.start')\n",
    "log of more": b"        LOG.debug('interface_attach.start of %s', instance.uuid)\n",
    "another suffix": OURS % b'"interface_attach.middle"',
}


def found(directory, line):
    """What is found in the installed Nova with ``line`` before its first versioned START."""
    path = directory.join("manager.py")
    path.write_binary(changed(line))
    return hookpoints.sent_by_hand_patch(load(path))


def changed(line):
    from nova.compute import manager

    with open(manager.__file__.replace(".pyc", ".py"), "rb") as opened:
        source = opened.read()
    at = source.index(CALL, source.index(b"def attach_interface"))
    return source[:at] + line + source[at:]


def load(path):
    """The ComputeManager in the source ``path``."""
    module = types.ModuleType("manager_with_a_line_more")
    exec(compile(path.read_binary(), str(path), "exec"), vars(module))  # noqa: S102
    return module.ComputeManager


@pytest.mark.parametrize("how", sorted(SENDING))
def test_call_that_sends_is_found(tmpdir, how):
    assert found(tmpdir, SENDING[how]) == {START}


@pytest.mark.parametrize("how", sorted(SPEAKING))
def test_line_that_only_speaks_of_it_is_not_taken_for_a_patch(tmpdir, how):
    assert found(tmpdir, SPEAKING[how]) == frozenset()


def test_without_its_source_what_it_names_is_taken_as_sent(tmpdir):
    path = tmpdir.join("manager.py")
    path.write_binary(changed(SPEAKING["log"]))
    manager_class = load(path)
    path.remove()
    assert hookpoints.sent_by_hand_patch(manager_class) == {START}
