"""The one place that keeps errors of our code away from Nova."""

import logging

LOG = logging.getLogger(__name__)


def safely(func, *args):
    """Call ``func(*args)``; return its result, or None when it raised.

    Everything of ours that runs inside a Nova call goes through here. Only
    ``Exception`` is kept back: eventlet's ``Timeout``, ``GreenletExit`` and the
    interpreter's own exits are Nova's business and pass.
    """
    # A frame of its own on purpose: on Python 2.7 an exception handled in the
    # wrapper's frame would replace the one that its bare ``raise`` re-raises.
    try:
        return func(*args)
    except Exception:
        _complain(func)
        return None


def _complain(func):
    try:
        LOG.exception(
            "vifcast-nova: %s failed; Nova's own call goes on, but a NIC "
            "notification may be missing. Please report this traceback.",
            getattr(func, "__name__", func),
        )
    except Exception:
        # A log handler that raises (logging.raiseExceptions, a full disk) must
        # not get through either; there is no one left to inform.
        pass
