"""Events and attachments as lines, for people.

Lines and not tables: they are cut off on no terminal, and grep finds whole ids in them.
"""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from vifcast import display
from vifcast.gap import Gap
from vifcast.model import Attachment, Event, Phase
from vifcast.steps import Step, steps

# So many of a gap are named; --json has all.
_HOSTS = 10

# As wide as the time; as all of the first line usually is.
_INDENT = 14
_HEAD = 86

_STYLE = {Phase.START: "yellow", Phase.END: "green", Phase.ERROR: "bold red"}


class StepPrinter:
    """Prints steps, and a line for each day; goes on where it stopped."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._day = ""

    def print(self, found: Iterable[Step]) -> None:
        """One line for each; on a terminal too narrow for that, the port and the rest below."""
        for step in found:
            if (day := display.day(step.event.occurred_at)) != self._day:
                self._console.print(Text(f"{day} (UTC)", "dim"))
                self._day = day
            head, *more = step_lines(step)
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


def period_line(attachment: Attachment) -> Text:
    """From when to when which port was where."""
    line = Text()
    attached = display.moment(attachment.attached_at) or "before listening"
    detached = display.moment(attachment.detached_at)
    line.append(f"{attached:<19} to ", "dim")
    line.append(f"{detached or 'now':<20}", "dim" if detached else "green")
    line.append(f"{_shown(attachment.instance_name):<18} ", "bold")
    line.append(f"{_shown(attachment.instance_id)}  port {_shown(attachment.port_id)}  ")
    addresses = dict.fromkeys(each.ip_address for each in attachment.addresses)
    line.append(", ".join(addresses) or "no address")
    for value in (attachment.mac_address, attachment.network_label, _hosts(attachment)):
        line.append(f"  {_shown(value)}", "dim")
    line.append(_region(attachment.region), "dim")
    return line


def _hosts(attachment: Attachment) -> str:
    """Where it was: ``compute-1 to 2026-11-22 12:00:05, compute-2``."""
    return ", ".join(
        each.compute_host + (f" to {display.moment(each.until_at)}" if each.until_at else "")
        for each in attachment.hosts
    )


def gap_line(gap: Gap) -> Text:
    """From when to when something may be missing, of what, and why."""
    line = Text()
    ended = display.moment(gap.to_at)
    line.append(f"{display.moment(gap.from_at)} to ", "dim")
    line.append(f"{ended or 'now':<20}", "dim" if ended else "bold red")
    line.append(f"{gap.reason:<15} ", "bold")
    line.append(_shown(gap.detail))
    line.append(f"  {', '.join(gap.sources)}", "dim")
    if gap.hosts is not None:
        more = f" and {len(gap.hosts) - _HOSTS} more" if len(gap.hosts) > _HOSTS else ""
        line.append(f"  on {_shown(', '.join(gap.hosts[:_HOSTS]))}{more}", "cyan")
    line.append(_region(gap.region), "cyan")
    if gap.reconciled_at is not None:
        line.append(f"  reconciled {display.moment(gap.reconciled_at)}", "green")
    return line


def event_line(event: Event) -> Text:
    """One event on one line."""
    return _in_one(*step_lines(*steps([event])))


def _in_one(head: Text, *more: Text) -> Text:
    aligned = head.copy()
    aligned.pad_right(max(0, _HEAD - head.cell_len))
    return Text("  ").join((aligned, *more))


def step_lines(step: Step) -> list[Text]:
    """Time, what, instance, host, addresses and how long it took; port and sources; the error."""
    event = step.event
    head = Text()
    head.append(f"{display.clock(event.occurred_at)}  ", "dim")
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
