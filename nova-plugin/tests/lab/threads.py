"""Nova's own first step: eventlet or native threads, before anything else of it."""

import os


def choose():
    """Do as ``nova-compute`` would under ``VIFCAST_TEST_THREADS=native|eventlet``.

    Native unless the variable says otherwise; Nova 34 is the first that runs so of
    itself, in the others the tests alone do.

    :returns: ``native`` or ``eventlet``
    """
    threads = os.environ.get("VIFCAST_TEST_THREADS", "native")
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
