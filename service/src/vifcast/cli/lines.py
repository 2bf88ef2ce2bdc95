"""Events, operations, attachments and gaps as lines, for people.

Lines and not tables: they are cut off on no terminal, and grep finds whole ids in them. Times are
in the zone that is given: None is the user's own.
"""

import datetime as dt
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from vifcast import display
from vifcast.gap import Gap
from vifcast.model import Attachment, Event, Operation, Phase, Status
from vifcast.steps import Step, steps

# So many of a gap are named; --json has all.
_HOSTS = 10

# As wide as the time; as all of the first line usually is.
_INDENT = 14
_HEAD = 86

_STYLE = {Phase.START: "yellow", Phase.END: "green", Phase.ERROR: "bold red"}
_STYLE_OF_STATUS = {
    Status.RUNNING: "yellow",
    Status.OVERDUE: "bold yellow",
    Status.SUCCEEDED: "green",
    Status.FAILED: "bold red",
}
# As wide as a time; with its zone a little wider.
_MOMENT, _MOMENT_WITH_ZONE = 19, 24

Zone = dt.tzinfo | None


class StepPrinter:
    """Prints steps, and a line for each day; goes on where it stopped."""

    def __init__(self, console: Console, zone: Zone = dt.UTC) -> None:
        self._console = console
        self._zone = zone
        self._day = ""

    def print(self, found: Iterable[Step]) -> None:
        """One line for each; on a terminal too narrow for that, the port and the rest below."""
        for step in found:
            at = step.event.occurred_at
            day = f"{display.day(at, self._zone)} ({display.zone_name(at, self._zone)})"
            if day != self._day:
                self._console.print(Text(day, "dim"))
                self._day = day
            head, *more = step_lines(step, self._zone)
            whole = _in_one(head, *more)
            if not self._console.is_terminal or whole.cell_len <= self._console.width:
                self._console.print(whole)
                continue
            self._console.print(head)
            for each in more:
                self._console.print(Text(" " * _INDENT).append_text(each))


def print_line(console: Console, line: Text) -> None:
    """On one line; on a terminal too narrow for that, broken between its words."""
    if not console.is_terminal or line.cell_len <= console.width:
        console.print(line)
        return
    head, *more = line.wrap(console, console.width - _INDENT)
    console.print(head)
    for each in more:
        console.print(Text(" " * _INDENT).append_text(each))


def period_line(attachment: Attachment, zone: Zone = dt.UTC) -> Text:
    """From when to when which port was where."""
    line = Text()
    width = _width(zone)
    attached = display.moment(attachment.attached_at, zone) or "before listening"
    detached = display.moment(attachment.detached_at, zone)
    line.append(f"{attached:<{width}} to ", "dim")
    line.append(f"{detached or 'now':<{width + 1}}", "dim" if detached else "green")
    line.append(f"{_shown(attachment.instance_name):<18} ", "bold")
    line.append(f"{_shown(attachment.instance_id)}  port {_shown(attachment.port_id)}  ")
    addresses = dict.fromkeys(each.ip_address for each in attachment.addresses)
    line.append(", ".join(addresses) or "no address")
    for value in (attachment.mac_address, attachment.network_label, _hosts(attachment, zone)):
        line.append(f"  {_shown(value)}", "dim")
    line.append(_region(attachment.region), "dim")
    return line


def operation_line(operation: Operation, zone: Zone = dt.UTC) -> Text:
    """When it began, what it is, how it stands, of what, and how long it took or why it failed."""
    line = Text()
    began = operation.started_at or operation.first_known_at
    line.append(f"{display.moment(began, zone):<{_width(zone)}}  ", "dim")
    line.append(f"{operation.action:<6} ")
    line.append(f"{operation.status:<9}  ", _STYLE_OF_STATUS[operation.status])
    line.append(f"{_shown(operation.instance_name):<18} ", "bold")
    line.append(f"{_shown(operation.instance_id)}  port {_shown(operation.port_id)}")
    line.append(" (inferred)  " if operation.is_port_inferred else "  ", "dim")
    addresses = ", ".join(each.ip_address for each in operation.fixed_ips)
    line.append(addresses or "no address")
    line.append(f"  {_shown(operation.compute_host)}", "cyan")
    if operation.duration_ms is not None:
        line.append(f"  {display.duration(operation.duration_ms)}", "magenta")
    if operation.cause != "api":
        line.append(f"  ({_shown(operation.cause.replace('_', ' '))})", "dim")
    line.append(_region(operation.region), "cyan")
    if operation.status is Status.FAILED:
        failure = display.failure(operation.error_class, operation.error_message)
        line.append(f"  {_shown(failure)}", "red")
    return line


def _width(zone: Zone) -> int:
    return _MOMENT if zone is dt.UTC else _MOMENT_WITH_ZONE


def _hosts(attachment: Attachment, zone: Zone) -> str:
    """Where it was: ``compute-1 to 2026-11-22 12:00:05, compute-2``."""
    return ", ".join(
        each.compute_host + (f" to {display.moment(each.until_at, zone)}" if each.until_at else "")
        for each in attachment.hosts
    )


def gap_line(gap: Gap, zone: Zone = dt.UTC) -> Text:
    """From when to when something may be missing, of what, and why."""
    line = Text()
    ended = display.moment(gap.to_at, zone)
    line.append(f"{display.moment(gap.from_at, zone)} to ", "dim")
    line.append(f"{ended or 'now':<{_width(zone) + 1}}", "dim" if ended else "bold red")
    line.append(f"{gap.reason:<15} ", "bold")
    line.append(_shown(gap.detail))
    line.append(f"  {', '.join(gap.sources)}", "dim")
    if gap.hosts is not None:
        more = f" and {len(gap.hosts) - _HOSTS} more" if len(gap.hosts) > _HOSTS else ""
        line.append(f"  on {_shown(', '.join(gap.hosts[:_HOSTS]))}{more}", "cyan")
    line.append(_region(gap.region), "cyan")
    if gap.reconciled_at is not None:
        line.append(f"  reconciled {display.moment(gap.reconciled_at, zone)}", "green")
    return line


def event_line(event: Event, zone: Zone = dt.UTC) -> Text:
    """One event on one line."""
    (step,) = steps([event])
    return _in_one(*step_lines(step, zone))


def _in_one(head: Text, *more: Text) -> Text:
    aligned = head.copy()
    aligned.pad_right(max(0, _HEAD - head.cell_len))
    return Text("  ").join((aligned, *more))


def step_lines(step: Step, zone: Zone = dt.UTC) -> list[Text]:
    """Time, what, instance, host, addresses and how long it took; port and sources; the error."""
    event = step.event
    head = Text()
    head.append(f"{display.clock(event.occurred_at, zone)}  ", "dim")
    head.append(f"{step.what:<12}  ", _STYLE[event.phase])
    head.append(f"{_shown(event.instance_name or display.short(event.instance_id)):<18}  ", "bold")
    head.append(f"{_shown(event.compute_host):<14}  ", "cyan")
    addresses = ", ".join(ip.ip_address for ip in event.fixed_ips)
    head.append(f"{addresses or '-':<15}", "" if addresses else "dim")
    if event.duration_ms is not None:
        head.append(f"  {display.duration(event.duration_ms)}", "magenta")
    if event.cause not in ("api", None):
        head.append(f"  ({_shown((event.cause or '').replace('_', ' '))})", "dim")
    head.rstrip()
    port = Text(f"port {_shown(event.port_id)}", "" if event.port_id else "dim")
    if step.is_port_inferred:
        port.append(" (inferred)", "dim")
    port.append(f"  by {', '.join(step.sources)}{_region(event.region)}", "dim")
    lines = [head, port]
    if event.phase is Phase.ERROR:
        lines.append(Text(_shown(display.failure(event.error_class, event.error_message)), "red"))
    if event.notes:
        lines.append(Text("has odd values: see notes in --json", "yellow"))
    return lines


def _shown(text: str | None) -> str:
    return display.visible(text or "-")


def _region(region: str | None) -> str:
    return "" if region is None else f"  in {_shown(region)}"
