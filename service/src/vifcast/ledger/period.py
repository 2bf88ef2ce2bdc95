"""One period under construction: a NIC on an instance, from when until when."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from vifcast.ledger.moves import Move
from vifcast.ledger.whereabouts import Whereabouts
from vifcast.model import NIC_TEXTS, AddressPeriod, Attachment, FixedIp, Nic


@dataclass(slots=True)
class _Address:
    fixed_ip: FixedIp
    since_at: dt.datetime | None
    until_at: dt.datetime | None = None


@dataclass(slots=True)
class Period:
    """``began_at`` is when it was first heard of, ``attached_at`` when it began, if known."""

    instance_id: str
    began_at: dt.datetime
    attached_at: dt.datetime | None
    detached_at: dt.datetime | None = None
    attach_operation_id: str | None = None
    detach_operation_id: str | None = None
    # Whether Nova's lists had it: one without an address is in none.
    was_listed: bool = False
    # Whether it was begun by such a list.
    is_begun_by_list: bool = False
    port_id: str | None = None
    instance_name: str | None = None
    project_id: str | None = None
    region: str | None = None
    hosts: Whereabouts = field(default_factory=Whereabouts)
    nic_fields: dict[str, Any] = field(default_factory=dict)
    addresses: list[_Address] = field(default_factory=list)
    # Those that it has now, by IP: a port can have had thousands.
    held: dict[str, _Address] = field(default_factory=dict)
    # Whether Neutron reports of it: where it does, Nova's lists are older.
    is_watched: bool = False

    def learn(self, move: Move) -> None:
        """Take over what the move says of NIC and instance; what it leaves out stays."""
        self.port_id = move.nic.port_id or self.port_id
        self.instance_name = move.instance_name or self.instance_name
        self.project_id = move.project_id or self.project_id
        self.region = move.region or self.region
        # What a detach says holds for the end of the period, not for later.
        self.hosts.learn(move, min(move.at, self.detached_at or move.at))
        self.is_watched = self.is_watched or move.is_binding
        for name in NIC_TEXTS:
            value = getattr(move.nic, name)
            if value is not None:
                self.nic_fields[name] = value

    def has(self, nic: Nic) -> None:
        """The NIC had these addresses from the beginning, unless others are known.

        Nova learns of addresses from Neutron: where both reported, Neutron's are newer.
        """
        is_known = bool(self.addresses)
        for fixed_ip in nic.fixed_ips:
            known = self.held.get(fixed_ip.ip_address)
            if known is None:
                if not is_known:
                    self._add(fixed_ip, None)
            elif known.fixed_ip.subnet_cidr is None:
                known.fixed_ip = fixed_ip

    def has_from(self, at: dt.datetime, nic: Nic) -> None:
        """From now on the NIC has these addresses and no others."""
        now = {fixed_ip.ip_address for fixed_ip in nic.fixed_ips}
        for ip_address in self.held.keys() - now:
            self.held.pop(ip_address).until_at = at
        for fixed_ip in nic.fixed_ips:
            if fixed_ip.ip_address not in self.held:
                self._add(fixed_ip, at)

    def is_moved(self, move: Move) -> None:
        """The instance is on that host now, and has these NICs; of those left out nothing is said.

        Nova's list is its cache, which follows Neutron.
        """
        self.hosts.learn(move, move.at)
        if not self.is_watched:
            for nic in self._mine(move.listed):
                self.has_from(move.at, nic)

    def _mine(self, nics: Iterable[Nic]) -> Iterable[Nic]:
        """Those that are this one: by port, or by MAC where the list names no port."""
        mac = self.nic_fields.get("mac_address")
        for nic in nics:
            if nic.port_id is not None:
                if nic.port_id == self.port_id:
                    yield nic
            elif mac is not None and nic.mac_address == mac:
                yield nic

    def _add(self, fixed_ip: FixedIp, since_at: dt.datetime | None) -> None:
        address = self.held[fixed_ip.ip_address] = _Address(fixed_ip, since_at)
        self.addresses.append(address)

    def as_attachment(self, nic: str, number: int) -> Attachment:
        """The period as it stands."""
        last = tuple(each.fixed_ip for each in self.held.values())
        return Attachment(
            nic=nic,
            number=number,
            port_id=self.port_id,
            instance_id=self.instance_id,
            instance_name=self.instance_name,
            project_id=self.project_id,
            compute_host=self.hosts.compute_host,
            fixed_ips=last,
            **dict.fromkeys(NIC_TEXTS) | self.nic_fields,
            first_known_at=self.attached_at or self.began_at,
            attached_at=self.attached_at,
            detached_at=self.detached_at,
            attach_operation_id=self.attach_operation_id,
            detach_operation_id=self.detach_operation_id,
            addresses=tuple(
                AddressPeriod(each.fixed_ip.ip_address, each.since_at, each.until_at)
                for each in self.addresses
            ),
            hosts=self.hosts.as_periods(),
            region=self.region,
        )
