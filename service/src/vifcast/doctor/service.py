"""Checks that ``vifcast serve`` runs, and reports its state."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vifcast.doctor import refused
from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, fail, ok, warn

_NAME = "serve"
_LOG = "See its log."


def look(case: Case) -> Iterator[Line]:
    """Read ``/readyz`` at the address of [api] listen."""
    url = f"{case.settings.api.url}readyz"
    try:
        found = _get(url, case.timeout_s)
        ingest, store = found["ingest"], found["store"]
        version = found["version"]
        # One of a release that reads a single broker has none of these.
        brokers = found.get("brokers") or [ingest]
        refused_line = refused.line_of(ingest["recent"])
    except OSError as error:
        reason = getattr(error, "reason", error)
        why = str(getattr(reason, "strerror", None) or reason).lower()
        yield fail(
            _NAME,
            f"no answer from {url} ({why}).",
            "Start vifcast serve. If it runs on another machine, or listens on another address "
            "(--listen), run this there, with its configuration.",
        )
        return
    except (ValueError, KeyError, TypeError):
        yield fail(
            _NAME, f"the server at {url} is not vifcast.", "Correct [api] listen, or --listen."
        )
        return
    if store["problem"]:
        why = "; ".join(each for each in (ingest["problem"], store["problem"]) if each)
        yield fail(_NAME, f"vifcast {version} runs, but reads nothing: {why}.", _LOG)
    else:
        for each in brokers:
            yield replace(_line_of(version, each), broker=each.get("name"))
    if refused_line is not None:
        yield refused_line


def _line_of(version: str, ingest: dict[str, Any]) -> Line:
    """How one broker is read."""
    if ingest["problem"] or not ingest["connected"]:
        why = ingest["problem"] or "it is connecting"
        return fail(_NAME, f"vifcast {version} runs, but reads nothing: {why}.", _LOG)
    if ingest.get("warning"):
        return warn(
            _NAME,
            f"vifcast {version} reads {ingest['broker']}; {ingest['warning']}.",
            "The lines above and docs/service.md say more.",
        )
    last = ingest["last_received_at"] or "nothing yet"
    return ok(_NAME, f"vifcast {version} reads {ingest['broker']}; last received: {last}.")


def _get(url: str, timeout_s: float) -> Any:
    # No proxy: it is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout_s) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            # 503 is its answer while it is not ready.
            return json.load(error)
