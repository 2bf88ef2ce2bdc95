"""The condition that a row is of a region."""

from typing import Any

import sqlalchemy as sa


def of_region(column: sa.ColumnElement[Any], region: Any) -> sa.ColumnElement[bool]:
    """``region`` is a name, or empty for rows of no region; or what stands for either."""
    return sa.type_coerce(sa.func.coalesce(column, ""), sa.Text).__eq__(region)
