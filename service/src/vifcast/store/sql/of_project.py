"""The condition that a row is of a project."""

from typing import Any

import sqlalchemy as sa


def of_project(column: sa.ColumnElement[Any], project: Any, *others: Any) -> sa.ColumnElement[bool]:
    """Where one of ``others`` is asked for as well, rows are to be found by the index of that.

    The project of a caller is in everything that it asks for. SQLite would take the project's
    index, because that is in the order of the answer, and read the whole project for one port.
    """
    if all(each is None for each in others):
        return column.__eq__(project)
    return sa.type_coerce(sa.func.coalesce(column, column), sa.Text).__eq__(project)
