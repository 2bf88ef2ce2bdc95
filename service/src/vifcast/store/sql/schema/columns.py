"""Columns that several tables have."""

from typing import Any

import sqlalchemy as sa

from vifcast.store.sql.json_types import FixedIps
from vifcast.store.sql.types import INTEGER, LONG_TEXT, OrEmpty, UtcDateTime, text


def name(of: str, *, nullable: bool = True) -> sa.Column[Any]:
    """A short text: an id, or a name."""
    return sa.Column(of, text(), nullable=nullable)


def moment(of: str, *, nullable: bool = True) -> sa.Column[Any]:
    """A time."""
    return sa.Column(of, UtcDateTime, nullable=nullable)


def region_of_key() -> sa.Column[Any]:
    """A region that is a part of the primary key, which cannot be null."""
    return sa.Column("region", OrEmpty, primary_key=True, server_default="")


def nic() -> list[sa.Column[Any]]:
    """What is known of a NIC besides its port."""
    return [
        name("network_id"),
        name("network_label"),
        name("mac_address"),
        sa.Column("fixed_ips", FixedIps, nullable=False),
        name("vif_type"),
        name("vnic_type"),
        name("device_name"),
    ]


def error() -> list[sa.Column[Any]]:
    """Of a failure."""
    return [
        name("error_class"),
        sa.Column("error_message", LONG_TEXT),
        sa.Column("error_code", INTEGER),
    ]
