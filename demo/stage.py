"""Nova and vifcast on one in-process bus."""

import queue
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lab import compute
from lab.wire import Wire, is_about_nics

from demo.story import Step
from vifcast.config import load_settings
from vifcast.errors import ListenError
from vifcast.model import Event, Source
from vifcast.serve import Server

# It takes nothing from this machine's own configuration. A minute is to show what takes a real
# cloud hours, and the receiver is on this machine.
_CONFIGURATION = """\
[ledger]
overdue_after_s = 20
[delivery]
allowed_networks = 127.0.0.0/8, ::1/128
schedule_s = 0, 2, 4, 8, 15, 30, 60
"""
BUS = "memory://"
NOVAS_BUS = "kombu+memory:////"
ARRIVAL_S = 20.0


class NotArrivedError(Exception):
    """vifcast has not stored what a step must lead to."""


class Stage:
    """From ``Stage(…)`` to ``close``.

    ``directory`` takes both databases and is the caller's to remove; ``listen``
    is the address of the page, by default vifcast's usual one, or a free port
    where that is taken. Raises VifcastError.
    """

    def __init__(self, directory: Path, listen: str | None) -> None:
        self._directory = directory
        self._events: queue.Queue[Event] = queue.Queue()
        self._ear = Wire(BUS)
        self.server = self._serve(listen)

    def boot_nova(self, report_interval_s: int = 0) -> compute.Compute:
        """A ComputeManager with vifcast-nova, as nova.conf's two driver lines make it."""
        drivers = ("vifcast_outbox", "vifcast")
        return compute.boot(
            str(self._directory), NOVAS_BUS, "unversioned", drivers, report_interval_s
        )

    def carry_out(self, step: Step) -> Iterator[Event]:
        """Do it, and yield its events as they come out of vifcast's store.

        Until vifcast has what the plug-in sends of it; what Nova itself sends of a failure comes
        before. Raises NotArrivedError if they are not there in time.
        """
        step.call()
        missing = step.notifications
        while missing:
            try:
                event = self._events.get(timeout=ARRIVAL_S)
                missing -= event.source is Source.VIFCAST_NOVA
                yield event
            except queue.Empty:
                raise NotArrivedError(
                    f"'{step.title}': not all of its notifications have reached "
                    f"vifcast's store within {ARRIVAL_S:.0f} s"
                ) from None

    def sent_by_nova_itself(self) -> Counter[str]:
        """How many notifications Nova has put on the bus without us, by queue.

        Asked once: nobody listens to them afterwards.
        """
        taken = self._ear.take()
        self._ear.close()
        return Counter(
            n["_routing_key"]
            for n in taken
            if not is_about_nics(n) and n["event_type"] != "vifcast.report"
        )

    def close(self) -> None:
        """Stop vifcast; Nova ends with the process."""
        self.server.stop()

    def _serve(self, listen: str | None) -> Server:
        try:
            return self._serve_at(listen)
        except ListenError:
            if listen:
                raise
            return self._serve_at("127.0.0.1:0")

    def _serve_at(self, listen: str | None) -> Server:
        conf = self._directory / "vifcast.conf"
        conf.write_text(_CONFIGURATION)
        settings = load_settings(
            conf,
            {
                "ingest.transport_url": BUS,
                "DEFAULT.data_dir": str(self._directory),
                "api.listen": listen,
            },
        )
        server = Server(settings, on_events=self._arrived)
        server.start()
        return server

    def _arrived(self, events: "list[Event]") -> None:
        for event in events:
            self._events.put(event)
