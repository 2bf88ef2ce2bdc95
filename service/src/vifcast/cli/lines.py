"""Events and attachments as lines, for people.

Lines and not tables: they are cut off on no terminal, and grep finds whole ids in them.
"""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from vifcast import display
from vifcast.gap import Gap
from vifcast.model import Attachment, Event, Phase

# So many of a gap are named; --json has all.
_HOSTS = 10

_STYLE = {Phase.START: "yellow", Phase.END: "green", Phase.ERROR: "bold red"}


def print_events(console: Console, events: Iterable[Event]) -> None:
    """One line for each, and one for each day."""
    shown_day = ""
    for event in events:
        if (day := display.day(event.occurred_at)) != shown_day:
            console.print(Text(f"{day} (UTC)", "dim"))
            shown_day = day
        console.print(event_line(event))


def period_line(attachment: Attachment) -> Text:
    """From when to when which port was where."""
    line = Text()
    attached = display.moment(attachment.attached_at) or "before listening"
    detached = display.moment(attachment.detached_at)
    line.append(f"{attached:<19} to ", "dim")
    line.append(f"{detached or 'now':<20}", "dim" if detached else "green")
    line.append(f"{_told(attachment.instance_name):<18} ", "bold")
    line.append(f"{_told(attachment.instance_id)}  port {_told(attachment.port_id)}  ")
    addresses = dict.fromkeys(each.ip_address for each in attachment.addresses)
    line.append(", ".join(addresses) or "no address")
    for told in (attachment.mac_address, attachment.network_label, _hosts(attachment)):
        line.append(f"  {_told(told)}", "dim")
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
    line.append(_told(gap.detail))
    line.append(f"  {', '.join(gap.sources)}", "dim")
    if gap.hosts is not None:
        more = f" and {len(gap.hosts) - _HOSTS} more" if len(gap.hosts) > _HOSTS else ""
        line.append(f"  on {_told(', '.join(gap.hosts[:_HOSTS]))}{more}", "cyan")
    if gap.reconciled_at is not None:
        line.append(f"  reconciled {display.moment(gap.reconciled_at)}", "green")
    return line


def event_line(event: Event) -> Text:
    """Time, host, instance, action and phase, port, addresses, how long it took."""
    line = Text()
    line.append(f"{display.clock(event.occurred_at)}  ", "dim")
    line.append(f"{_told(event.compute_host):<14} ", "cyan")
    line.append(f"{_told(event.instance_name or display.short(event.instance_id)):<18} ", "bold")
    told = f"{event.action} {event.phase}" if event.correlation_id else str(event.action)
    line.append(told.ljust(13), _STYLE[event.phase])
    line.append(f"{_told(event.port_id):<37}", "" if event.port_id else "dim")
    addresses = ", ".join(ip.ip_address for ip in event.fixed_ips)
    line.append(f"{addresses or '-':<16}", "" if addresses else "dim")
    if event.duration_ms is not None:
        line.append(f" {display.duration(event.duration_ms)}", "magenta")
    if event.cause not in ("api", None):
        line.append(f" ({_told((event.cause or '').replace('_', ' '))})", "dim")
    if event.phase is Phase.ERROR:
        told = _told(display.failure(event.error_class, event.error_message))
        line.append(f" {told}", "red")
    line.rstrip()
    return line


def _told(text: str | None) -> str:
    return display.visible(text or "-")
