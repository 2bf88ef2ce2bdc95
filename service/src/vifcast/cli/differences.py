"""What ``vifcast reconcile`` found, for people and as JSON."""

import json
from collections.abc import Iterator

import click
from rich.console import Console
from rich.text import Text

from vifcast.display import visible
from vifcast.reconcile.compare import Difference, DifferenceKind, label, shown
from vifcast.reconcile.nic import KnownNic
from vifcast.reconcile.report_json import report_json
from vifcast.reconcile.run import Report

_STYLE = {
    DifferenceKind.MISSING: "yellow",
    DifferenceKind.STALE: "bold red",
    DifferenceKind.DIFFERING: "magenta",
}
_WIDTH = 10


def show(report: Report, fixed: int | None, *, as_json: bool) -> None:
    """Print it; ``fixed`` is None where correcting failed."""
    if as_json:
        click.echo(json.dumps(report_json(report, fixed)))
        return
    console = Console(highlight=False, soft_wrap=True)
    for line in _lines(report, fixed):
        console.print(line)


def _lines(report: Report, fixed: int | None) -> Iterator[Text]:
    for each in report.differences:
        yield _difference(each)
    for dispute in report.disagreements:
        line = Text("disagree".ljust(_WIDTH), "cyan")
        line.append(f" port {visible(dispute.port_id)}  {visible(dispute.text)}", "none")
        yield line
    summary = (
        f"{report.servers} servers, {report.cloud_nics} NICs in the cloud, "
        f"{report.ledger_nics} in the ledger: {len(report.differences)} differ"
    )
    if report.disagreements:
        summary += f", Nova and Neutron disagree about {len(report.disagreements)}"
    if report.changing:
        summary += f", {len(report.changing)} left out because they are changing"
    if fixed:
        summary += f"; {fixed} corrected"
    yield Text(summary + ".")
    if not report.sees_all:
        yield Text(
            "These credentials do not show the ports of every project: one that is not shown "
            "looks stale."
        )


def _difference(found: Difference) -> Text:
    line = Text(found.kind.ljust(_WIDTH), _STYLE[found.kind])
    nic = found.cloud or found.ledger
    if nic is None:
        return line
    named = found.nic if found.nic.startswith("mac:") else f"port {found.nic}"
    name = f" ({nic.instance_name})" if nic.instance_name else ""
    line.append(visible(f" {named}  instance {nic.instance_id}{name}  "), "none")
    if found.ledger and found.cloud:
        line.append(_fields(found.fields, found.ledger, found.cloud), "none")
    else:
        line.append(visible(f"{shown(nic, 'addresses')}  {shown(nic, 'mac_address')}"), "none")
    return line


def _fields(names: tuple[str, ...], ledger: KnownNic, cloud: KnownNic) -> str:
    return visible(
        "; ".join(
            f"{label(name)}: ledger {shown(ledger, name)}, cloud {shown(cloud, name)}"
            for name in names
        )
    )
