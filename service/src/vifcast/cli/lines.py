"""Events and attachments as lines, for people.

Lines and not tables: they are cut off on no terminal, and grep finds whole ids in them.
"""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from vifcast import display
from vifcast.model import Attachment, Event, Phase

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
    line.append(f"{attachment.instance_name or '-':<18} ", "bold")
    line.append(f"{attachment.instance_id}  port {attachment.port_id}  ")
    line.append(", ".join(ip.ip_address for ip in attachment.fixed_ips) or "no address")
    for told in (attachment.mac_address, attachment.network_label, attachment.compute_host):
        line.append(f"  {told or '-'}", "dim")
    return line


def event_line(event: Event) -> Text:
    """Time, host, instance, action and phase, port, addresses, how long it took."""
    line = Text()
    line.append(f"{display.clock(event.occurred_at)}  ", "dim")
    line.append(f"{event.compute_host or '-':<14} ", "cyan")
    line.append(f"{event.instance_name or display.short(event.instance_id):<18} ", "bold")
    told = f"{event.action} {event.phase}" if event.correlation_id else str(event.action)
    line.append(told.ljust(13), _STYLE[event.phase])
    line.append(f"{event.port_id or '-':<37}", "" if event.port_id else "dim")
    addresses = ", ".join(ip.ip_address for ip in event.fixed_ips)
    line.append(f"{addresses or '-':<16}", "" if addresses else "dim")
    if event.duration_ms is not None:
        line.append(f" {display.duration(event.duration_ms)}", "magenta")
    if event.cause not in ("api", None):
        line.append(f" ({(event.cause or '').replace('_', ' ')})", "dim")
    if event.phase is Phase.ERROR:
        line.append(f" {display.failure(event.error_class, event.error_message)}", "red")
    line.rstrip()
    return line
