"""What of the ledger a caller may ask for and see."""

from dataclasses import replace
from typing import TypeVar

from vifcast.identity.policy import ForbiddenError, View
from vifcast.store import AttachmentQuery, EventQuery, OperationQuery

Query = TypeVar("Query", EventQuery, OperationQuery, AttachmentQuery)


def narrowed(view: View, query: Query) -> Query:
    """The query, over what the caller sees. Raises ForbiddenError where it asks for more."""
    refuse_host(view, "host", query.host)
    if view.project_id is None:
        return query
    if query.project not in (None, view.project_id):
        raise ForbiddenError(
            f"parameter project: the token is for project {view.project_id}; leave the parameter "
            "out, or ask with a token for that project or for the whole system"
        )
    return replace(query, project=view.project_id)


def refuse_host(view: View, parameter: str, value: str | None) -> None:
    """Raise ForbiddenError where the caller asks by what it may not see."""
    if value is not None and not view.has_details:
        raise ForbiddenError(
            f"parameter {parameter}: {value[:60]!r} asks by compute host; Nova shows compute hosts "
            "to admins only, and so does vifcast (policy vifcast:host_details); leave the "
            "parameter out"
        )
