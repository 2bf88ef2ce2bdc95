"""What a person sees of the demo in the terminal."""

from collections import Counter

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vifcast import display
from vifcast.cli.lines import event_line, print_line
from vifcast.model import Event, Operation, Source, Status

_OUTCOME_STYLE = {Status.SUCCEEDED: "green", Status.FAILED: "bold red", Status.RUNNING: "yellow"}


class Screen:
    """Writes to a terminal, or plainly to a pipe."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)

    def booting(self, nova_version: str) -> None:
        """Before Nova is up."""
        self._console.print(
            f"[bold]Nova {nova_version}[/bold], unmodified, with vifcast-nova beside it; "
            "[bold]vifcast[/bold] on the same bus, all in this process."
        )

    def step(self, title: str) -> None:
        """What is asked of Nova now."""
        self._console.print(f"\n[bold]{title}[/bold]")

    def arrived(self, event: Event) -> None:
        """An event is in vifcast's store; of Nova's own, there are those of the plug-in, too."""
        if event.source is not Source.VIFCAST_NOVA:
            return
        print_line(self._console, Text("  ").append_text(event_line(event)))

    def summary(self, operations: list[Operation], stock: Counter[str]) -> None:
        """What vifcast knows now, and what Nova alone would have sent."""
        table = Table(box=box.SIMPLE_HEAD, title="What vifcast knows", title_justify="left")
        for heading in ("server", "operation", "outcome", "port", "address", "took"):
            table.add_column(heading, no_wrap=True)
        for operation in operations:
            cause = "port deleted" if operation.cause == "port_deleted" else ""
            style = _OUTCOME_STYLE[operation.status]
            table.add_row(
                operation.instance_name,
                f"{operation.action} {cause}".strip(),
                f"[{style}]{operation.status}[/{style}]",
                display.short(operation.port_id) or "-",
                ", ".join(ip.ip_address for ip in operation.fixed_ips) or "-",
                display.duration(operation.duration_ms),
            )
        self._console.print()
        self._console.print(table)
        outcomes = Counter(operation.status for operation in operations)
        self._console.print(
            f"{len(operations)} operations: {outcomes[Status.SUCCEEDED]} succeeded, "
            f"{outcomes[Status.FAILED]} failed, {outcomes[Status.RUNNING]} still running."
        )
        self._console.print(_of_stock_nova(stock))

    def page(self, url: str) -> None:
        """Where to look on."""
        self._console.print(
            f"\nThe page: [bold]{url}[/bold]  The life of a small cloud, some of it going wrong; "
            "Ctrl-C ends the demo."
        )


def _of_stock_nova(stock: Counter[str]) -> str:
    """``stock`` counts by queue what Nova itself put on the same bus meanwhile."""
    sent = stock["notifications.info"]
    errors = stock["notifications.error"]
    text = (
        "Without vifcast-nova, on the same bus: "
        f"{sent or 'nothing'} on notifications.info, where a CMP listens"
    )
    if errors:
        text += (
            f"; {errors} bare exceptions on notifications.error, which few listen to "
            "and which name neither MAC nor address"
        )
    return text + "."
