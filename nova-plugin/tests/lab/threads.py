"""Nova's own first step: eventlet or native threads, before anything else of it."""

import os

_chosen = []


def choose(threads=None):
    """Do as ``nova-compute`` would; Nova 34 is the first to be native of itself.

    :param threads: ``native`` or ``eventlet``; without it what VIFCAST_TEST_THREADS
        says, and native if that is not set
    :returns: which it is; the second time, and in a fork, what it was the first time
    """
    if not _chosen:
        _chosen.append(_choose(threads))
    return _chosen[0]


def _choose(threads):
    threads = threads or os.environ.get("VIFCAST_TEST_THREADS", "native")
    os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = (
        "0" if threads == "eventlet" else "1"
    )
    try:
        import nova.monkey_patch as own
    except ImportError:
        # Before Nova 19 nova/cmd/__init__.py does it, whatever is asked for.
        if threads == "eventlet":
            import nova.cmd  # noqa: F401
        return threads
    if hasattr(own, "patch"):
        own.patch()  # since Nova 32; before, the import has done it
    return threads
