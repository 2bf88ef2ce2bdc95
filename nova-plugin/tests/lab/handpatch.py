"""A Nova as operators patch it by hand: a copy of the installed one, changed.

Four calls in ``nova/compute/manager.py``, four entries in ``nova/rpc.py``.
"""

import os
import re
import shutil

_CALL = re.compile(
    r"^(?P<indent> +)compute_utils\.notify_about_instance_action\(\n"
    r" +context, instance, self\.host,\n"
    r" +action=fields\.NotificationAction\.INTERFACE_(?P<action>ATTACH|DETACH),\n"
    r" +phase=fields\.NotificationPhase\.(?P<phase>START|END)\)\n",
    re.MULTILINE,
)
_LAST_ENTRY = "        'compute.instance.volume.detach',\n"


def make(directory):
    """Copy Nova into ``directory`` and patch it; put that first on PYTHONPATH."""
    import nova

    copy = os.path.join(directory, "nova")
    shutil.copytree(
        os.path.dirname(nova.__file__),
        copy,
        ignore=shutil.ignore_patterns("tests", "*.pyc", "locale"),
    )
    _change(os.path.join(copy, "compute", "manager.py"), _CALL, _add_call, 4)
    _change(os.path.join(copy, "rpc.py"), re.compile(_LAST_ENTRY), _add_entries, 1)
    return directory


def _add_call(match):
    return '%sself._notify_about_instance_usage(context, instance, "%s")\n%s' % (
        match.group("indent"),
        "interface_%(action)s.%(phase)s" % {
            key: value.lower() for key, value in match.groupdict().items()
        },
        match.group(0),
    )


def _add_entries(match):
    return match.group(0) + "".join(
        "        'compute.instance.interface_%s.%s',\n" % (action, phase)
        for action in ("attach", "detach")
        for phase in ("start", "end")
    )


def _change(path, pattern, replacement, times):
    with open(path) as source_file:
        source = source_file.read()
    source, count = pattern.subn(replacement, source)
    assert count == times, "%s: %d places, not %d" % (path, count, times)
    with open(path, "w") as source_file:
        source_file.write(source)
