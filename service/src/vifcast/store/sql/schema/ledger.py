"""What is made of events: it holds nothing of its own."""

import sqlalchemy as sa

from vifcast.store.sql.json_types import Addresses, Hosts
from vifcast.store.sql.schema.columns import error, moment, name, nic
from vifcast.store.sql.schema.metadata import metadata
from vifcast.store.sql.types import INTEGER, NIC, text

operation = sa.Table(
    "operation",
    metadata,
    # Two requests can, wrongly, bear the same operation id; that must not stop anything.
    sa.Column("correlation_id", text(), primary_key=True),
    sa.Column("id", text(), primary_key=True),
    name("action", nullable=False),
    name("cause", nullable=False),
    name("status", nullable=False),
    name("instance_id", nullable=False),
    name("instance_name"),
    name("project_id"),
    name("user_id"),
    name("request_id"),
    name("compute_host"),
    name("port_id"),
    *nic(),
    name("requested_ip"),
    name("tag"),
    sa.Column("is_port_inferred", sa.Boolean, nullable=False),
    moment("first_known_at", nullable=False),
    moment("started_at"),
    moment("finished_at"),
    sa.Column("duration_ms", sa.BigInteger),
    *error(),
    name("global_request_id"),
    # Its events have been deleted: what comes of it after that changes nothing.
    sa.Column("is_final", sa.Boolean, nullable=False, server_default=sa.false()),
    name("region"),
    sa.Index("ix_operation_first_known_at", "first_known_at", "id", "correlation_id"),
    sa.Index("ix_operation_status", "status", "first_known_at"),
    sa.Index("ix_operation_id", "id"),
    sa.Index("ix_operation_instance_id", "instance_id"),
    sa.Index("ix_operation_port_id", "port_id"),
    sa.Index("ix_operation_instance_name", "instance_name"),
    sa.Index("ix_operation_project_id", "project_id", "first_known_at", "id"),
    sa.Index("ix_operation_error_class", "error_class", "first_known_at", "id"),
    sa.Index("ix_operation_request_id", "request_id"),
    sa.Index("ix_operation_global_request_id", "global_request_id"),
)

attachment = sa.Table(
    "attachment",
    metadata,
    sa.Column("nic", NIC, primary_key=True),
    sa.Column("number", INTEGER, primary_key=True, autoincrement=False),
    name("port_id"),
    name("instance_id", nullable=False),
    name("instance_name"),
    name("project_id"),
    name("compute_host"),
    *nic(),
    moment("first_known_at", nullable=False),
    moment("attached_at"),
    moment("detached_at"),
    name("attach_operation_id"),
    name("detach_operation_id"),
    sa.Column("addresses", Addresses, nullable=False),
    sa.Column("hosts", Hosts, nullable=False, server_default="[]"),
    # Of a NIC whose older events have been deleted: what is known of it before then is final.
    moment("sealed_before"),
    name("region"),
    sa.Index("ix_attachment_first_known_at", "first_known_at", "nic", "number"),
    sa.Index("ix_attachment_port_id", "port_id"),
    sa.Index("ix_attachment_instance_id", "instance_id"),
    sa.Index("ix_attachment_mac_address", "mac_address"),
    sa.Index("ix_attachment_detached_at", "detached_at"),
    sa.Index("ix_attachment_compute_host", "compute_host", "first_known_at"),
    sa.Index("ix_attachment_instance_name", "instance_name"),
    sa.Index("ix_attachment_project_id", "project_id", "first_known_at"),
    sa.Index("ix_attachment_network_id", "network_id", "first_known_at"),
    sa.Index("ix_attachment_network_label", "network_label", "first_known_at"),
)

# ``number`` and ``part`` as in the attachment: its period, and the position in its addresses.
attachment_ip = sa.Table(
    "attachment_ip",
    metadata,
    sa.Column("ip_address", text(45), primary_key=True),
    sa.Column("nic", NIC, primary_key=True),
    sa.Column("number", INTEGER, primary_key=True, autoincrement=False),
    sa.Column("part", INTEGER, primary_key=True, autoincrement=False),
    moment("since_at"),
    moment("until_at"),
    sa.Index("ix_attachment_ip_nic", "nic"),
    sqlite_with_rowid=False,
)

# The hosts of those attachments alone whose instance moved meanwhile. Most never do, and theirs
# is in the attachment: a row more for each would cost every attach and detach.
attachment_host = sa.Table(
    "attachment_host",
    metadata,
    sa.Column("compute_host", text(), primary_key=True),
    sa.Column("nic", NIC, primary_key=True),
    sa.Column("number", INTEGER, primary_key=True, autoincrement=False),
    sa.Column("part", INTEGER, primary_key=True, autoincrement=False),
    moment("since_at"),
    moment("until_at"),
    sa.Index("ix_attachment_host_nic", "nic", "number"),
    sqlite_with_rowid=False,
)

# The host that events name of an instance, null where they name several (``is_on_several``) or
# none, empty where they say that it is on none. ``has_own_events``: some report that it moved or
# was deleted. Where neither is so, which is most often, no other events are read for its NICs.
instance_host = sa.Table(
    "instance_host",
    metadata,
    sa.Column("instance_id", text(), primary_key=True),
    name("compute_host"),
    sa.Column("is_on_several", sa.Boolean, nullable=False),
    sa.Column("has_own_events", sa.Boolean, nullable=False),
    sqlite_with_rowid=False,
)
