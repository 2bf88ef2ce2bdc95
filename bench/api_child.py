"""Serves a database on a free port, which it prints, and a token; ends when it is terminated.

``python -m bench.api_child vifcast|starlette PATH``.
"""

import datetime as dt
import sys
import threading
from pathlib import Path

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bench import bare
from vifcast.api.listening import listen


def main(kind: str, path: str) -> None:
    """Serve."""
    made, token = {"vifcast": _vifcast, "starlette": _starlette}[kind](Path(path))
    listening = listen("127.0.0.1", 0)
    print(listening.getsockname()[1], token, flush=True)
    # As ``vifcast.serve`` configures it.
    config = uvicorn.Config(
        made, log_config=None, access_log=False, lifespan="off", server_header=False
    )
    uvicorn.Server(config).run(sockets=[listening])


def _vifcast(path: Path) -> tuple[ASGIApp, str]:
    # Not above: the other application starts without all that.
    from bench import application  # noqa: PLC0415
    from vifcast import times  # noqa: PLC0415
    from vifcast.identity.static_tokens import StaticTokens  # noqa: PLC0415
    from vifcast.store import Location, Store  # noqa: PLC0415
    from vifcast.token import Role, new_token  # noqa: PLC0415

    store = Store.open_for_reading(Location.of_file(path))
    token, text = new_token("bench", Role.READER, None, times.now(), None)
    store.add_token(token)
    return application.over(store, StaticTokens(store))[0], text


def _starlette(path: Path) -> tuple[ASGIApp, str]:
    of_thread = threading.local()

    def attachments(request: Request) -> Response:
        driver = getattr(of_thread, "driver", None)
        if driver is None:
            driver = of_thread.driver = bare.Sqlite(path)
        at = dt.datetime.fromisoformat(request.query_params["at"])
        rows = driver.rows(bare.BY_IP_AND_TIME, request.query_params["ip"], *[at] * 4)
        return Response(orjson.dumps({"items": rows}), media_type="application/json")

    return Starlette(routes=[Route("/v1/attachments", attachments)]), "none"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
