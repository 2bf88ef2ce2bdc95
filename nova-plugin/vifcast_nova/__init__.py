"""vifcast-nova: legacy notifications for NIC hot-plug, beside an unmodified Nova.

Nothing is imported here: Nova loads ``vifcast_nova.driver`` while it reads its
configuration, and an import that fails there would be silent or fatal.
"""

__version__ = "0.1.0"
EVENT_TYPES = tuple(
    "compute.instance.interface_%s.%s" % (action, phase)
    for action in ("attach", "detach")
    for phase in ("start", "end", "error")
)
REPORT_EVENT_TYPE = "vifcast.report"
