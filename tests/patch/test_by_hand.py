"""A hand-made patch is distinguished from ours, counted as patched, and left alone."""

import pytest

from trees_to_patch import Nova, Patch

START = b'self._notify_about_instance_usage(context, instance, "interface_attach.start")\n'
VERSIONED = b"compute_utils.notify_about_instance_action(\n            context, instance, self.host,\n            action=fields.NotificationAction.INTERFACE_ATTACH,\n            phase=fields.NotificationPhase.START)\n"  # noqa: E501
I8 = b" " * 8

# How else people write the first call, and what `check` says of it.
OTHERWISE = {
    "single quotes": (
        START + I8 + VERSIONED,
        b"self._notify_about_instance_usage(context, instance, 'interface_attach.start')\n"
        + I8
        + VERSIONED,
        "the same, written otherwise",
    ),
    "wrapped": (
        START,
        START.replace(b"(context", b"(\n            context"),
        "the same, written otherwise",
    ),
    "a comment between": (
        START,
        START + I8 + b"# for the CMP\n",
        "the same, written otherwise",
    ),
    "after Nova's own": (
        START + I8 + VERSIONED,
        VERSIONED + I8 + START,
        "the same, after Nova's versioned notification",
    ),
    "with the NICs": (
        START,
        START.replace(b")\n", b",\n            network_info=instance.info_cache.network_info)\n"),
        "with other arguments",
    ),
    "another function": (
        START,
        b'self._tell_the_cmp(context, instance, "interface_attach.start")\n',
        "with other arguments",
    ),
    "in two pieces": (
        START + I8 + VERSIONED,
        START.replace(b"interface_attach", b'interface_" + "attach') + I8 + VERSIONED,
        "the same, written otherwise",
    ),
    "in a format": (
        START + I8 + VERSIONED,
        START.replace(b'"interface_attach.start"', b'"interface_%s.%s" % ("attach", "start")')
        + I8
        + VERSIONED,
        "the same, written otherwise",
    ),
    "by a variable": (
        START,
        b'event = "interface_attach.start"\n'
        + I8
        + START.replace(b'"interface_attach.start"', b"event"),
        "with other arguments",
    ),
    "one or another": (
        START,
        START.replace(b'"interface_attach.start"', b'"interface_attach.start" if tag else "x"'),
        "with other arguments",
    ),
    "by the notifier": (
        START,
        b'self.notifier.info(context, "compute.instance.interface_attach.start", {})\n',
        "with other arguments",
    ),
}
# What speaks of the first notification without sending it.
SPOKEN_OF = {
    "a log line": b'LOG.debug("interface_attach.start", instance=instance)\n',
    "a log line of the event type": b"LOG.info('compute.instance.interface_attach.start')\n",
    "a logger of its own": b"self._log.warning('%s follows', 'interface_attach.start')\n",
    "a warning": b"warnings.warn('interface_attach.start')\n",
    "a counter": b"self.stats.incr('interface_attach.start')\n",
    "a variable that is logged": b"event = 'interface_attach.start'; LOG.debug(event)\n",
    "print": b"print('interface_attach.start')\n",
}


@pytest.fixture
def patched(nova: Nova, patch: Patch) -> Nova:
    """Patched by us, without the backups: to be made look like somebody else's."""
    assert patch("apply", nova).code == 0
    for path in (nova.manager, nova.rpc):
        path.with_name(path.name + ".vifcast-orig").unlink()
    return nova


@pytest.mark.parametrize("how", OTHERWISE)
def test_a_call_written_otherwise_is_patched_and_stays(
    patched: Nova, patch: Patch, how: str
) -> None:
    ours, theirs, note = OTHERWISE[how]
    patched.change(patched.manager, ours, theirs)
    before = patched.files()
    checked = patch("check", patched)
    assert checked.code == 0
    assert "patched, some of it by hand" in checked.out.decode()
    assert f"interface_attach.start: by hand ({note})\n" in checked.out.decode()
    assert b"by hand" in patch("apply", patched).out
    refused = patch("revert", patched)
    assert refused.code == 1
    assert "patched by hand (interface_attach.start in line" in refused.err
    assert patched.files() == before


@pytest.mark.parametrize("how", SPOKEN_OF)
def test_a_nova_that_only_speaks_of_it_is_not_patched(nova: Nova, patch: Patch, how: str) -> None:
    nova.change(nova.manager, VERSIONED, SPOKEN_OF[how] + I8 + VERSIONED)
    before = nova.files()
    assert patch("check", nova).code == 3
    assert patch("apply", nova).code == 0
    checked = patch("check", nova)
    assert (checked.code, checked.out.count(b": ours\n")) == (0, 8)
    assert patch("revert", nova).code == 0
    assert nova.files() == before


ATTACH_START = b"'compute.instance.interface_attach.start',"
ATTACH_END = b"'compute.instance.interface_attach.end',"
# How else people write the entries.
ENTRIES = {
    "double quotes": (ATTACH_START, ATTACH_START.replace(b"'", b'"')),
    "another order": (
        ATTACH_START + b"\n" + I8 + ATTACH_END,
        ATTACH_END + b"\n" + I8 + ATTACH_START,
    ),
    "two pieces": (ATTACH_START, ATTACH_START.replace(b"interface_", b"' + 'interface_")),
    "one line": (ATTACH_START + b"\n" + I8 + ATTACH_END, ATTACH_START + b" " + ATTACH_END),
}


@pytest.mark.parametrize("how", ENTRIES)
def test_entries_written_otherwise_are_patched_and_stay(
    patched: Nova, patch: Patch, how: str
) -> None:
    patched.change(patched.rpc, *ENTRIES[how])
    before = patched.files()
    checked = patch("check", patched)
    assert (checked.code, b"by hand" in checked.out) == (0, True)
    assert patch("apply", patched).code == 0
    assert patch("revert", patched).code == 1
    assert patched.files() == before


def test_what_is_sent_twice_is_not_understood(patched: Nova, patch: Patch) -> None:
    patched.change(patched.manager, START, START + I8 + START)
    for action in ("show", "check", "apply", "revert"):
        refused = patch(action, patched)
        assert (refused.code, refused.out) == (5, b"")
        assert "interface_attach.start is sent more than once, in lines" in refused.err


def test_half_of_it_by_hand_is_partly_patched(patched: Nova, patch: Patch) -> None:
    patched.change(patched.manager, START, START.replace(b'"', b"'"))
    patched.change(patched.rpc, b"        'compute.instance.interface_attach.end',\n", b"")
    before = patched.files()
    assert patch("check", patched).code == 4
    for action in ("show", "apply"):
        refused = patch(action, patched)
        assert (refused.code, refused.out) == (4, b"")
        assert "compute.instance.interface_attach.end missing" in refused.err
        assert "by hand: interface_attach.start in line" in refused.err
    assert patch("revert", patched).code == 1
    assert patched.files() == before
