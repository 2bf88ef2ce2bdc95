"""An event as one line, for people."""

from rich.text import Text

from vifcast import display
from vifcast.model import Event, Phase

_STYLE = {Phase.START: "yellow", Phase.END: "green", Phase.ERROR: "bold red"}


def event_line(event: Event) -> Text:
    """Time, host, instance, action and phase, port, addresses, how long it took."""
    line = Text()
    line.append(f"{display.clock(event.occurred_at)}  ", "dim")
    line.append(f"{event.compute_host or '-':<14} ", "cyan")
    line.append(f"{event.instance_name or display.short(event.instance_id):<18} ", "bold")
    line.append(f"{event.action} {event.phase}".ljust(13), _STYLE[event.phase])
    line.append(f"{event.port_id or '-':<37}", "" if event.port_id else "dim")
    addresses = ", ".join(ip.ip_address for ip in event.fixed_ips)
    line.append(f"{addresses or '-':<16}", "" if addresses else "dim")
    if event.duration_ms is not None:
        line.append(f" {display.duration(event.duration_ms)}", "magenta")
    if event.cause != "api":
        line.append(f" ({event.cause.replace('_', ' ')})", "dim")
    if event.phase is Phase.ERROR:
        line.append(f" {error_text(event)}", "red")
    line.rstrip()
    return line


def error_text(event: Event) -> str:
    """Class and message of a failure, on one line."""
    told = [event.error_class or "", " ".join((event.error_message or "").split())]
    return ": ".join(part for part in told if part) or "failed"
