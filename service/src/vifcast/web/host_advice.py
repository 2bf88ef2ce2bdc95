"""What the states of compute hosts are called, what they mean, and what to do about them."""

from dataclasses import dataclass, replace

from vifcast.host import HostReport, HostState, LaneState


def _(text: str) -> str:
    """Mark a text for the catalogs; the template translates it."""
    return text


@dataclass(frozen=True, slots=True)
class Advice:
    """``tone`` is a class of ``.tag``; ``todo`` is empty where nothing is to be done."""

    title: str
    tone: str
    meaning: str
    todo: str = ""


# The worst first, as the list has them.
STATES = {
    HostState.OFF: Advice(
        _("Off"),
        "bad",
        _("It reports that vifcast-nova does not work there: its NICs are not reported."),
        _("Install a vifcast-nova that knows this Nova, and restart nova-compute."),
    ),
    HostState.SILENT: Advice(
        _("Silent"),
        "bad",
        _(
            "It sent no report for three of its intervals: nova-compute is not running, its "
            "vifcast-nova is gone, or nothing from it reaches the bus."
        ),
        _(
            "See whether nova-compute runs there, and run the check below on the host. One that "
            "was taken out of the cloud stays listed."
        ),
    ),
    HostState.HAND_PATCHED: Advice(
        _("Hand-patched"),
        "wait",
        _("Nova was patched by hand there: attaches and detaches arrive, without their NIC."),
        _(
            "Take the patch out of Nova (vifcast-nova patch revert), and restart nova-compute: "
            "vifcast-nova then sends them with the NIC."
        ),
    ),
    HostState.UNREPORTED: Advice(
        _("Unreported"),
        "wait",
        _(
            "It sent notifications, and no report: it is only patched by hand, has an older "
            "vifcast-nova, or its reports are off."
        ),
        _(
            "Install vifcast-nova there, or set report_interval_s in [vifcast] of its nova.conf "
            "to more than 0."
        ),
    ),
    HostState.COVERED: Advice(_("Covered"), "good", _("vifcast-nova reports its NICs.")),
}

LANES = {
    LaneState.USED: Advice(
        _("used"), "", _("A restart of RabbitMQ loses nothing that this host sends.")
    ),
    LaneState.UNKNOWN: Advice(_("unknown"), "", _("Nothing was sent since nova-compute started.")),
    LaneState.ABSENT: Advice(
        _("absent"),
        "wait",
        _("The durable exchange of vifcast is not on the broker of this host."),
        _("Let vifcast read that broker: it declares the exchange when it connects."),
    ),
    LaneState.UNBOUND: Advice(
        _("unbound"),
        "wait",
        _("No queue is bound to the durable exchange."),
        _("Let vifcast read that broker: it binds its queue when it connects."),
    ),
    LaneState.REFUSED: Advice(
        _("refused"),
        "wait",
        _("Nova's user may not write to the durable exchange."),
        _("Give Nova's user of RabbitMQ the permission to write to it."),
    ),
    LaneState.FAILED: Advice(
        _("failed"),
        "wait",
        _("Sending to the durable exchange fails."),
        _("Run the check below on the host; its log has the reason."),
    ),
    LaneState.UNSUPPORTED: Advice(
        _("unsupported"), "wait", _("The transport of this host is not RabbitMQ.")
    ),
    LaneState.OFF: Advice(
        _("off"),
        "wait",
        _("The durable exchange is switched off in the nova.conf of this host."),
        _("Remove the empty lane_exchange from [vifcast] there, and restart nova-compute."),
    ),
}

CHECK = "python -m vifcast_nova check"


def problems(report: HostReport | None) -> list[Advice]:
    """What of its outbox and its lane somebody should look at, the worst first."""
    if report is None:
        return []
    found: list[Advice] = []
    outbox = report.outbox
    if outbox is not None and outbox.dropped:
        found.append(
            Advice(
                _("Dropped"),
                "bad",
                _("The outbox was full or too old, and dropped notifications: they are lost."),
                _(
                    "See why the bus took nothing from this host, then let vifcast reconcile "
                    "correct the ledger."
                ),
            )
        )
    if outbox is not None and outbox.is_direct:
        found.append(
            Advice(
                _("In memory"),
                "bad",
                _(
                    "The directory of the outbox cannot be used. What waits is in memory, and lost "
                    "when nova-compute ends."
                ),
                _("Let the user that runs nova-compute write to the directory, and restart it."),
            )
        )
    if report.lane is not None and LANES[report.lane.state].tone:
        found.append(replace(LANES[report.lane.state], title=_("Lane")))
    return found
