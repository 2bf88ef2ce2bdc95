"""``/v1``: what changes something, for admins only."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from vifcast.api.authentication import SHOWN_BY, AsCaller
from vifcast.api.control_characters import Body
from vifcast.api.dead_letter_resources import PurgedResource, RetriedPageResource, RetriedResource
from vifcast.api.params import IdNumber, TimeText
from vifcast.api.problems import documented
from vifcast.api.write_route import requires, write_route
from vifcast.errors import InvalidValueError
from vifcast.identity.policy import Policy
from vifcast.ingest.dead_letters import DeadLetters
from vifcast.retried import Retried
from vifcast.store import MAX_LIMIT, DeadLetterQuery, Store

_Ids = Annotated[list[IdNumber], Field(min_length=1, max_length=MAX_LIMIT)]


class _LettersBody(Body):
    """Which dead letters: those that meet every condition."""

    ids: _Ids | None = Field(None, description="Only these.")
    reason: str | None = Field(None, max_length=255, description="Only with this `reason_code`.")
    region: str | None = Field(
        None, max_length=255, description="Only what is of this region; empty: of none."
    )


class RetryBody(_LettersBody):
    """Which dead letters are read again."""

    limit: int = Field(100, ge=1, le=MAX_LIMIT, description="At most so many; the newest first.")
    cursor: str | None = Field(None, description="`next_cursor` of the previous answer.")


class PurgeBody(_LettersBody):
    """Which dead letters are removed; at least one condition."""

    received_before: TimeText | None = Field(None, description="Only what is older than this.")
    limit: int = Field(MAX_LIMIT, ge=1, le=MAX_LIMIT, description="At most so many; the oldest.")

    def query(self) -> DeadLetterQuery:
        """As the store takes it. Raises InvalidValueError."""
        query = DeadLetterQuery(
            ids=None if self.ids is None else tuple(self.ids),
            reason_code=self.reason,
            region=self.region,
            received_before=self.received_before,
        )
        if query == DeadLetterQuery():
            raise InvalidValueError(
                "the body: give ids, reason, region or received_before, or several of them; "
                "without a condition nothing is removed"
            )
        return query


def dead_letter_writes_router(store: Store, policy: Policy, max_body_bytes: int) -> APIRouter:
    """The routes that change dead letters."""
    letters = DeadLetters(store, max_body_bytes)
    router = APIRouter(
        prefix="/v1/dead-letters",
        tags=["dead letters"],
        dependencies=SHOWN_BY,
        responses=documented(401, 403, 422, 503),
        route_class=write_route(policy),
    )

    @router.get("/retry", include_in_schema=False)
    @router.delete("/retry", include_in_schema=False)
    @router.get("/purge", include_in_schema=False)
    @router.delete("/purge", include_in_schema=False)
    def refuse_method() -> None:
        """Or else it would be a dead letter with the id "retry" or "purge"."""
        raise HTTPException(405, "Method Not Allowed")

    @router.post("/retry", response_model=RetriedPageResource)
    @requires("vifcast:dead_letter:retry")
    def retry_dead_letters(body: RetryBody, caller: AsCaller) -> JSONResponse:
        """Read dead letters again with this release; what it can read is stored and removed.

        To retry all, send `next_cursor` as `cursor` until it is null.
        """
        ids = None if body.ids is None else tuple(body.ids)
        query = DeadLetterQuery(ids=ids, reason_code=body.reason, region=body.region)
        page = store.dead_letters(query, limit=body.limit, cursor=body.cursor)
        found = letters.retry(page.items, caller.name)
        return JSONResponse(
            {"items": [_retried_json(each) for each in found], "next_cursor": page.next_cursor}
        )

    @router.post("/purge", response_model=PurgedResource)
    @requires("vifcast:dead_letter:delete")
    def purge_letters(body: PurgeBody, caller: AsCaller) -> JSONResponse:
        """Remove those that meet every given condition; at least one has to be given.

        To remove all of them, send it again until `removed` is less than `limit`.
        """
        return JSONResponse({"removed": letters.purge(body.query(), body.limit, caller.name)})

    @router.post("/{letter_id}/retry", response_model=RetriedResource, responses=documented(404))
    @requires("vifcast:dead_letter:retry")
    def retry_dead_letter(letter_id: IdNumber, caller: AsCaller) -> JSONResponse:
        """Read one again."""
        (found,) = letters.retry([letters.get(letter_id)], caller.name)
        return JSONResponse(_retried_json(found))

    @router.delete("/{letter_id}", status_code=204, responses=documented(404))
    @requires("vifcast:dead_letter:delete")
    def delete_dead_letter(letter_id: IdNumber, caller: AsCaller) -> Response:
        """Remove one."""
        letters.remove(letter_id, caller.name)
        return Response(status_code=204)

    return router


def _retried_json(found: Retried) -> dict[str, Any]:
    return {"id": found.letter_id, "outcome": found.outcome, "why": found.why}
