"""The files of the pages."""

from functools import cache
from hashlib import blake2b
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from vifcast.api.problems import problem

FOLDER = Path(__file__).parent / "static"

# A file that changes has another address.
_FOREVER = "public, max-age=31536000, immutable"


class Assets(StaticFiles):
    """Files that a browser keeps."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One of them, below the digest: what a script imports from beside it is of the same."""
        version, _, name = path.partition("/")
        try:
            response = await super().get_response(name, scope)
        except HTTPException as error:
            # No page: whose browser it is was not looked for.
            return problem(error.status_code, "not_found", f"there is no file {path[:100]!r}")
        is_current = version == digest()
        response.headers["cache-control"] = _FOREVER if is_current else "no-cache"
        return response


@cache
def digest() -> str:
    """Of all of them; a part of their addresses."""
    found = blake2b(digest_size=6)
    for file in sorted(FOLDER.iterdir()):
        found.update(file.read_bytes())
    return found.hexdigest()
