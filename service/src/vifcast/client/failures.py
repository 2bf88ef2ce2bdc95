"""What went wrong between us and an API, as a sentence for a person."""

import socket
from collections.abc import Iterator
from typing import Any

from keystoneauth1 import exceptions as keystone
from keystoneauth1.exceptions.connection import SSLError

from vifcast.display import visible
from vifcast.errors import (
    AccessDeniedError,
    ApiError,
    ApiUnreachableError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    VifcastError,
)

_MAX_LENGTH = 400
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_INVALID, _UNAVAILABLE = 422, 503
_TOO_MANY, _SERVER_ERROR = 429, 500
# What an API answers to a path that it does not have; of what it does not find it says more.
_NO_ROUTE = "Not Found"


def said(error: object) -> str:
    """What an error says, on one line."""
    return visible(" ".join(str(error).split()))[:_MAX_LENGTH]


def unreachable(named: str, error: Exception, during: str = "") -> VifcastError:
    """What keystoneauth1 raised while it asked Keystone or the API."""
    whom = named.split("/v1/", maxsplit=1)[0]
    if isinstance(error, keystone.HttpError):
        # raise_exc is off for the API's own answers: this one is Keystone's.
        return _of_keystone(whom, error)
    if isinstance(error, keystone.EndpointNotFound | keystone.CatalogException):
        return ApiError(
            f"{whom}: Keystone's catalogue has no endpoint of vifcast ({said(error)}); register "
            "it, or give the address with --url"
        )
    if isinstance(error, keystone.ConnectionError):
        if whom.startswith("http:") and _was_cut_off(error):
            return ApiUnreachableError(
                f"{whom} closed the connection without an answer; if it has TLS, its address "
                "begins with https://"
            )
        return ApiUnreachableError(f"{whom} {_why_not(error)}")
    return ApiError(f"{whom}: {during or 'asking it'} failed: {said(error)}")


def _was_cut_off(error: Exception) -> bool:
    return any(isinstance(each, ConnectionResetError) for each in _causes(error))


def _why_not(error: Exception) -> str:
    causes = list(_causes(error))
    if isinstance(error, SSLError):
        return (
            "has a certificate that cannot be trusted, or speaks no TLS: "
            f"{said(causes[-1])}; give the file of the authority that signed it with --cacert"
        )
    if isinstance(error, keystone.ConnectTimeout):
        return "did not answer in time; is it busy, or is a firewall in between?"
    if any(isinstance(each, socket.gaierror) for each in causes):
        return "cannot be reached: there is no host of this name; see the address, and DNS"
    if any(isinstance(each, ConnectionRefusedError) for each in causes):
        return "refuses connections; is vifcast running there, and on this port?"
    return f"cannot be reached: {said(causes[-1])}"


def refusal(url: str, answer: Any) -> VifcastError:
    """What an answer that is not 200 means."""
    status = answer.status_code
    detail = _detail(answer)
    if detail is None:
        return unlike_vifcast(url, answer)
    text = f"{url}: {said(detail)}"
    match status:
        case 401 | 403:
            is_anonymous = status == _UNAUTHORIZED and not _had_token(answer)
            return AccessDeniedError(_without_token(url) if is_anonymous else text)
        case 404:
            return _not_found(url, answer, detail)
        case 409 | 422:
            return (InvalidValueError if status == _INVALID else ConflictError)(text)
        case 503:
            return ApiUnreachableError(f"{url} cannot answer now: {said(detail)}")
    return ApiError(f"{url} answered with HTTP {status}: {said(detail)}")


def _without_token(url: str) -> str:
    return (
        f"{url} asks for a token, and none was given: set VIFCAST_TOKEN, or give --token-file "
        "(vifcast token create makes one there), or --os-cloud for one of Keystone"
    )


def _not_found(url: str, answer: Any, detail: str) -> VifcastError:
    if detail != _NO_ROUTE:
        return NotFoundError(said(detail))
    return ApiError(
        f"{url} is not the address of the API of a vifcast: there is nothing at "
        f"{said(answer.url.partition('?')[0])}. Give the address that vifcast serve logs, with its "
        "path_prefix if it has one and no other path; or that vifcast is older than this command"
    )


def _had_token(answer: Any) -> bool:
    return not {"authorization", "x-auth-token"}.isdisjoint(
        name.lower() for name in answer.request.headers
    )


def unlike_vifcast(url: str, answer: Any) -> VifcastError:
    """That something else answers there: a proxy's page, another service."""
    status = answer.status_code
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        return AccessDeniedError(
            f"{url} answered with HTTP {status}, and not as vifcast does; a proxy before it may "
            "want credentials of its own"
        )
    kind = said(answer.headers.get("content-type", "no type"))
    more = f", to {said(answer.headers['location'])}" if "location" in answer.headers else ""
    text = f"{url} answered with HTTP {status}{more} ({kind}), and not as vifcast does; "
    if status >= _UNAVAILABLE - 1:
        return ApiUnreachableError(f"{text}a proxy before it may not reach it")
    return ApiError(f"{text}is this the address of its API, with the right port and prefix?")


def not_understood(url: str, path: str, error: Exception) -> ApiError:
    """That the answer is vifcast's, and not of the shape that this release knows."""
    return ApiError(
        f"{url} answered /v1/{path} with something that this release of vifcast does "
        f"not understand ({said(error)}); the service may be newer: upgrade this side, too"
    )


def _detail(answer: Any) -> str | None:
    """The sentence of a problem (RFC 9457), or of an error as OpenStack's services write them."""
    try:
        body = answer.json()
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    if isinstance(body.get("error"), dict):
        body = {"code": "", "detail": body["error"].get("message")}
    detail = body.get("detail")
    # Another framework answers with a detail alone.
    return detail if isinstance(detail, str) and "code" in body else None


def _of_keystone(whom: str, error: Any) -> VifcastError:
    status = error.http_status
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        return AccessDeniedError(
            f"{whom}: Keystone refuses the credentials: {said(error)}; see the entry in clouds.yaml"
        )
    if status >= _SERVER_ERROR or status == _TOO_MANY:
        return ApiUnreachableError(f"{whom}: Keystone cannot answer now: {said(error)}")
    return ApiError(f"{whom}: Keystone answered: {said(error)}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what it came from; the first cause last."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        reason = getattr(found, "reason", None)
        found = (
            found.__cause__
            or found.__context__
            or (reason if isinstance(reason, BaseException) else None)
        )
