"""Asks ``/readyz`` of a process of vifcast on this machine."""

import http.client
import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vifcast.api_settings import Address, ApiSettings

# What to listen on means every address of the machine, and where that is reached from inside.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked, not listened on

_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED


class NotVifcastError(Exception):
    """Something else answers there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``found`` has ``status`` and ``version`` alone where the process shows no more to anybody.

    ``doubt``: what is odd about the certificate, as a sentence; None: nothing.
    """

    url: str
    found: dict[str, Any]
    doubt: str | None

    @property
    def is_whole(self) -> bool:
        """Whether it says how broker and database are."""
        return self.found.get("store") is not None


def url_of_api(api: ApiSettings) -> str:
    """Where to ask the process that has the API."""
    return f"{replace(api, address=_reached(api.address)).url}readyz"


def url_of_health(address: Address) -> str:
    """Where to ask ``vifcast ingest``."""
    return f"http://{_reached(address)}/readyz"


def ask(url: str, certificate: Path | None, timeout_s: float) -> Answer:
    """The answer of what listens there. Raises OSError, NotVifcastError.

    ``certificate`` is the one that is configured. The name in it is not compared: it is rarely that
    of the loopback address, and what is asked is no secret.
    """
    doubt: str | None = None
    try:
        try:
            found = _get(url, _context(certificate), timeout_s)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ssl.SSLCertVerificationError):
                raise
            doubt = _doubt(error.reason, certificate)
            found = _get(url, _context(None), timeout_s)
    except (ValueError, http.client.HTTPException) as error:
        if isinstance(error, OSError):  # it has closed the connection
            raise
        raise NotVifcastError from error
    if not isinstance(found, dict) or not {"status", "version"} <= found.keys():
        raise NotVifcastError
    return Answer(url, found, doubt)


def _reached(address: Address) -> Address:
    return replace(address, host=_EVERYWHERE.get(address.host, address.host))


def _context(certificate: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        try:
            context.load_verify_locations(certificate)
        except OSError:  # this user may not read it, or it is none: then it is not compared
            return context
        # The configured one is trusted itself, whoever has signed it.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _doubt(error: ssl.SSLCertVerificationError, certificate: Path | None) -> str:
    if error.verify_code == _EXPIRED:
        return f"its certificate, {certificate}, has expired, and clients refuse it"
    return (
        f"its certificate is not the one in {certificate} ({error.verify_message}); a new one is "
        "read when the process starts"
    )


def _get(url: str, context: ssl.SSLContext, timeout_s: float) -> Any:
    # No proxy: it is on this machine.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        with opener.open(url, timeout=timeout_s) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            # 503 is its answer while it is not ready.
            return json.load(error)
