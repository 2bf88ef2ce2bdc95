"""Checks that the processes of vifcast run, and reports their state.

What answers at the configured addresses says it best, where it shows that without a token. The
others, and those on other machines, report themselves to the database.
"""

import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from vifcast import times
from vifcast.doctor import refused
from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, fail, ok, warn
from vifcast.doctor.readyz import Answer, NotVifcastError, ask, url_of_api, url_of_health
from vifcast.errors import StoreError
from vifcast.process import Process, ReadBroker, Role, replaced

_NAME = "serve"
_LOG = "See its log."


@dataclass(frozen=True, slots=True)
class _Missing:
    """What was asked and did not answer: why, as the rest of a sentence."""

    url: str
    why: str
    is_other: bool = False


def look(case: Case) -> Iterator[Line]:
    """Ask at [api] and [health] listen, and read what processes say in the database."""
    listed = _listed(case)
    running = [each for each in listed if not each.is_silent(times.now())]
    readers = [each for each in running if each.role.ingests]
    api = case.settings.api
    at_api = _asked(url_of_api(api), case, tls=True)
    at_health: Answer | _Missing | None = None
    if case.settings.health is not None and case.settings.health.port:
        at_health = _asked(url_of_health(case.settings.health), case, tls=False)

    is_known = False  # whether anything is known of what is read
    for answer in (at_api, at_health):
        if isinstance(answer, Answer) and answer.found.get("ingest") is not None:
            is_known = True
            yield from _of_answer(answer)
    for process in _not_answered(readers, at_api, at_health):
        is_known = True
        yield from _of_process(process)
    gone = replaced(listed)
    for process in listed:
        if process.role.ingests and process not in running and process.id not in gone:
            yield _silent(process, is_alone=not is_known)
            is_known = True
    yield from _of_api(at_api, running, is_known=is_known)
    if isinstance(at_health, _Missing) and any(
        each.role is Role.INGEST and each.host == socket.gethostname() for each in running
    ):
        yield warn(
            _NAME,
            f"no answer from {at_health.url} ({at_health.why}), though vifcast ingest runs here.",
            "Check that it was started with this [health] listen.",
        )


def _listed(case: Case) -> list[Process]:
    try:
        return case.opened_store().processes()
    except StoreError:  # the line of the database reports it
        return []


def _asked(url: str, case: Case, *, tls: bool) -> Answer | _Missing:
    certificate = case.settings.api.ssl_cert_file if tls else None
    try:
        return ask(url, certificate, case.timeout_s)
    except OSError as error:
        reason = getattr(error, "reason", error)
        return _Missing(url, str(getattr(reason, "strerror", None) or reason).lower())
    except NotVifcastError:
        return _Missing(url, "the server there is not vifcast", is_other=True)


def _not_answered(readers: list[Process], *answers: Answer | _Missing | None) -> Iterator[Process]:
    """Those that have not said themselves how they read."""
    here = socket.gethostname()
    said = {
        role
        for role, answer in zip((Role.SERVE, Role.INGEST), answers, strict=True)
        if isinstance(answer, Answer) and answer.found.get("ingest") is not None
    }
    alike = Counter((each.role, each.host) for each in readers)
    for each in readers:
        # Which of several on one machine it was that answered is not known.
        if each.host != here or each.role not in said or alike[each.role, each.host] > 1:
            yield each


def _of_answer(answer: Answer) -> Iterator[Line]:
    found = answer.found
    ingest, store, version = found["ingest"], found["store"], found["version"]
    # One of a release that reads a single broker has none of these.
    brokers = found.get("brokers") or [ingest]
    if store["problem"]:
        why = "; ".join(each for each in (ingest["problem"], store["problem"]) if each)
        yield fail(_NAME, f"vifcast {version} runs, but reads nothing: {why}.", _LOG)
    else:
        for each in brokers:
            yield replace(_line_of(version, each), broker=each.get("name"))
    refused_line = refused.line_of(ingest["recent"])
    if refused_line is not None:
        yield refused_line


def _of_process(process: Process) -> Iterator[Line]:
    for each in process.brokers:
        shown = {
            "broker": each.broker,
            "connected": each.connected,
            "problem": each.problem,
            "warning": each.warning,
            "last_received_at": _text(each),
        }
        yield replace(_line_of(process.version, shown, process), broker=each.name)


def _text(broker: ReadBroker) -> str | None:
    return None if broker.last_received_at is None else times.to_text(broker.last_received_at)


def _named(process: Process) -> str:
    return f"vifcast {process.version} ({process.role} on {process.host}, process {process.pid})"


def _line_of(version: str, ingest: dict[str, Any], process: Process | None = None) -> Line:
    """How one broker is read; ``process``: by which one, where it has not answered itself."""
    who = f"vifcast {version}" if process is None else _named(process)
    if ingest["problem"] or not ingest["connected"]:
        why = ingest["problem"] or "it is connecting"
        return fail(_NAME, f"{who} runs, but reads nothing: {why}.", _LOG)
    if ingest.get("warning"):
        return warn(
            _NAME,
            f"{who} reads {ingest['broker']}; {ingest['warning']}.",
            "The lines above and docs/service.md say more.",
        )
    last = ingest["last_received_at"] or "nothing yet"
    return ok(_NAME, f"{who} reads {ingest['broker']}; last received: {last}.")


def _silent(process: Process, *, is_alone: bool) -> Line:
    text = (
        f"{_named(process)} has not reported itself since {times.to_text(process.seen_at)}: it was "
        "killed, or cannot write to the database."
    )
    advice = (
        "Start it again, or if it is not needed any more, `vifcast status --forget "
        f"{process.id[:8]}`."
    )
    return fail(_NAME, text, advice) if is_alone else warn(_NAME, text, advice)


def _of_api(api: Answer | _Missing, running: list[Process], *, is_known: bool) -> Iterator[Line]:
    """The API itself; ``is_known``: whether the bus is read has been said already."""
    if isinstance(api, Answer):
        if api.doubt is not None:
            yield warn(
                _NAME,
                f"{api.url} answers, but {api.doubt}.",
                "Correct [api] ssl_cert_file, or restart that process.",
            )
        if api.found.get("ingest") is None:
            yield _of_api_alone(api, running, is_known=is_known)
        return
    others = [each for each in running if each.role.answers]
    if api.is_other:
        yield fail(
            _NAME,
            f"the server at {api.url} is not vifcast.",
            "Correct [api] listen, or --listen.",
        )
    elif others:
        at = ", ".join(f"{each.role} on {each.host} at {each.url}" for each in others)
        yield warn(
            _NAME,
            f"no answer from {api.url} ({api.why}); in the database there is: {at}.",
            "Run this there, or with the same [api] listen (--listen).",
        )
    elif is_known:
        yield warn(
            _NAME,
            f"no process has the API and the page: no answer from {api.url} ({api.why}).",
            "Start vifcast api if anybody asks; what is read is stored without it.",
        )
    else:
        yield fail(
            _NAME,
            f"no answer from {api.url} ({api.why}).",
            "Start vifcast serve. If it runs on another machine, or listens on another address "
            "(--listen), run this there, with its configuration.",
        )


def _of_api_alone(api: Answer, running: list[Process], *, is_known: bool) -> Line:
    """Of an API that does not say how the bus is read: it does not read it, or shows no more."""
    answers = f"vifcast {api.found['version']} answers at {api.url}"
    if api.is_whole and api.found["store"]["problem"]:
        return fail(_NAME, f"{answers}, but: {api.found['store']['problem']}.", _LOG)
    if api.found["status"] != "ok":
        return fail(_NAME, f"{answers}, but is {api.found['status']}.", _LOG)
    if is_known:
        return ok(_NAME, f"{answers}.")
    if api.is_whole or running:
        return fail(
            _NAME,
            f"{answers}, but no process reads the bus.",
            "Start vifcast ingest with this database, or vifcast serve instead of vifcast api.",
        )
    return warn(
        _NAME,
        f"{answers}; whether the bus is read it shows to nobody without a token.",
        "Repair what the line database names: processes report there how they read.",
    )
