"""The request id that a caller passed on, beside the request's own; classes of exceptions."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.types import text

revision = "0010"
down_revision = "0009"

# What oslo.messaging adds to the class of an exception that came over RPC.
_REMOTE = "_Remote"


def upgrade() -> None:
    """Apply.

    Before, an event of Neutron's had the global id as its request's where there was one, and
    Neutron's own where there was none. Which of the two it is, an operation of that request says.
    """
    for table in ("event", "operation"):
        # MariaDB keeps what was done before an interruption.
        names = {each["name"] for each in sa.inspect(op.get_bind()).get_columns(table)}
        if "global_request_id" not in names:
            op.add_column(table, sa.Column("global_request_id", text(), nullable=True))
    # Ports that were found by comparing the lists of one operation alone: no event names them.
    # They are decided anew afterwards (``store.projection.rebuild``).
    op.execute(
        "UPDATE operation SET is_port_inferred = true WHERE is_final = false "
        "AND is_port_inferred = false AND port_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM event "
        "WHERE event.correlation_id = operation.correlation_id AND event.port_id IS NOT NULL)"
    )
    op.execute(
        "UPDATE event SET global_request_id = request_id WHERE source = 'neutron' "
        "AND request_id IN (SELECT request_id FROM operation WHERE request_id IS NOT NULL)"
    )
    for table in ("event", "operation"):
        _strip_remote(sa.table(table, sa.column("error_class", sa.Text)))


def _strip_remote(table: sa.TableClause) -> None:
    name = table.c.error_class
    length = sa.func.char_length(name)
    op.execute(
        sa.update(table)
        .where(
            length > len(_REMOTE),
            # Not LIKE: to SQLite that is the same in capitals.
            sa.func.substr(name, length - len(_REMOTE) + 1) == _REMOTE,
        )
        .values(error_class=sa.func.substr(name, 1, length - len(_REMOTE)))
    )
