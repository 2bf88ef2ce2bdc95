"""``openstack nic history``, ``nic attachment list``, ``nic operation list``, ``nic host list``."""

import argparse
from collections.abc import Iterable
from typing import Any

from osc_lib import exceptions

from vifcast.client import Client
from vifcast.host import HostState
from vifcast.model import Action, Status
from vifcast.osc.lister import ADDRESS_FILTERS, Lister, add_limit, at_most

_ATTACHMENT = (
    ("Instance ID", "instance_id"),
    ("Instance Name", "instance_name"),
    ("Port ID", "port_id"),
    ("IP Addresses", "fixed_ips"),
    ("MAC Address", "mac_address"),
    ("Network", "network_label"),
    ("Compute Host", "compute_host"),
    ("Region", "region"),
    ("Attached At", "attached_at"),
    ("Detached At", "detached_at"),
)
_REGION = ("region", "<region>", "Only what is of this region; empty: of no region")
_NIC = (
    ("instance", "<id>", "Only of this instance"),
    ("instance-name", "<name>", "Only of instances of this name"),
    ("port", "<id>", "Only of this port"),
    ("ip", "<address>", "Only of NICs that had this IP address"),
    ("mac", "<address>", "Only of NICs with this MAC address"),
    ("host", "<host>", "Only on this compute host (admins and system readers)"),
    ("network", "<network>", "Only of the network of this id or label"),
    ("project-id", "<id>", "Only of this project"),
    _REGION,
)


class AttachmentList(Lister):
    """List which NIC was on which instance and when, newest first."""

    columns = _ATTACHMENT
    filters = (
        *_NIC,
        ("at", "<time>", "Only those in force then: 2026-11-03T14:03:00Z, or 10m, 2h, 7d ago"),
        ("since", "<time>", "Only those that end after this moment"),
        ("until", "<time>", "Only those that began before this moment"),
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """The arguments."""
        parser = super().get_parser(prog_name)
        parser.add_argument("--open", action="store_true", help="Only those without an end")
        add_limit(parser)
        return parser

    def found(self, client: Client, given: argparse.Namespace) -> Iterable[Any]:
        """Attachments."""
        asked = _with_project(self.asked(given)) | {"open": given.open or None}
        return at_most(client.attachments(**asked), given.limit)


class OperationList(Lister):
    """List attaches and detaches with their outcome, newest first."""

    columns = (
        ("Started At", "first_known_at"),
        ("Action", "action"),
        ("Status", "status"),
        ("Instance ID", "instance_id"),
        ("Instance Name", "instance_name"),
        ("Port ID", "port_id"),
        ("IP Addresses", "fixed_ips"),
        ("Compute Host", "compute_host"),
        ("Region", "region"),
        ("Duration ms", "duration_ms"),
        ("Error", "error_class"),
    )
    filters = (
        *_NIC,
        ("error-class", "<name>", "Only those that failed with this exception"),
        ("since", "<time>", "Only those first heard of at this moment or later"),
        ("until", "<time>", "Only those first heard of before this moment"),
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """The arguments."""
        parser = super().get_parser(prog_name)
        actions = [Action.ATTACH.value, Action.DETACH.value]
        parser.add_argument("--action", choices=actions, help="Only attaches, or only detaches")
        status = parser.add_mutually_exclusive_group()
        status.add_argument(
            "--status", choices=[each.value for each in Status], help="Only those that stand so"
        )
        status.add_argument(
            "--overdue",
            action="store_const",
            const=Status.OVERDUE.value,
            dest="status",
            help="Only those that started and did not end",
        )
        add_limit(parser)
        return parser

    def found(self, client: Client, given: argparse.Namespace) -> Iterable[Any]:
        """Operations."""
        more = {"action": given.action, "status": given.status}
        return at_most(client.operations(**_with_project(self.asked(given)), **more), given.limit)


class History(Lister):
    """Show which NICs were attached where, oldest first."""

    columns = _ATTACHMENT
    filters = (
        ("instance", "<id>", "Show the NICs of this instance"),
        ("port", "<id>", "Show this port"),
        ("ip", "<address>", "Show the NICs that had this IP address"),
        ("mac", "<address>", "Show the NICs that had this MAC address"),
        ("at", "<time>", "Only NICs that were attached then: 2026-11-03T14:03:00Z, or 2h ago"),
        _REGION,
    )

    def found(self, client: Client, given: argparse.Namespace) -> Iterable[Any]:
        """All attachments of one subject."""
        asked = self.asked(given)
        if sum(asked[name] is not None for name in ADDRESS_FILTERS) != 1:
            raise exceptions.CommandError("give exactly one of --instance, --port, --ip and --mac")
        return list(client.attachments(**asked))[::-1]


class HostList(Lister):
    """List compute hosts and whether they report their NICs."""

    columns = (
        ("Host", "host"),
        ("Region", "region"),
        ("State", "state"),
        ("Last Report", "report.reported_at"),
        ("Last NIC", "last_event_at"),
        ("vifcast-nova", "report.vifcast_nova"),
        ("Nova", "report.nova"),
        ("Why", "report.reason"),
    )
    filters = (("host", "<host>", "Only this host"), _REGION)

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """The arguments."""
        parser = super().get_parser(prog_name)
        states = [each.value for each in HostState]
        parser.add_argument("--state", choices=states, help="Only hosts in this state")
        return parser

    def found(self, client: Client, given: argparse.Namespace) -> Iterable[Any]:
        """Hosts."""
        return client.hosts(**self.asked(given), state=given.state)


def _with_project(asked: dict[str, Any]) -> dict[str, Any]:
    # --project is openstackclient's own, for authentication.
    return {"project" if name == "project_id" else name: each for name, each in asked.items()}
