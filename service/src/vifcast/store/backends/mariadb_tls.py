"""TLS to MariaDB, as the options in the URL ask for it.

They are PyMySQL's and those of SQLAlchemy's dialect, put together here: SQLAlchemy (2.0,
``MySQLDialect_mysqldb.create_connect_args``) takes ``ssl_ca`` away, and PyMySQL (1.2,
``Connection.__init__``) then verifies nothing where ``ssl_verify_identity`` is left.
"""

import ssl
from collections.abc import Mapping
from typing import Any

from vifcast.errors import StoreError

_FILES = ("ssl_ca", "ssl_capath", "ssl_cert", "ssl_key")
_CHOICES = ("ssl_verify_cert", "ssl_verify_identity", "ssl_check_hostname", "ssl_disabled")
OPTIONS = (*_FILES, *_CHOICES, "ssl_key_password", "ssl_cipher")

FAILS = "TLS with the server fails: {cause}; check the ssl options in [database] connection"
_NOT_TRUSTED = (
    "its certificate is not signed by a trusted authority (that of ssl_ca, or without it those of "
    "this machine): {cause}"
)
_OTHER_NAME = "its certificate is for another name than the host in [database] connection: {cause}"

# OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH.
_MISMATCHES = frozenset({62, 64})
_TRUTH = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(
    ("false", "no", "off", "0"), False
)


def arguments(query: Mapping[str, Any]) -> dict[str, Any]:
    """What PyMySQL's ``connect`` is to be called with for the URL's options.

    With an authority, or asked to verify, the server's certificate and name are verified, unless
    ``ssl_verify_cert``, or ``ssl_verify_identity`` alias ``ssl_check_hostname``, says no. With
    none of the options it is PyMySQL that speaks TLS, where the server does, and verifies
    nothing. Reads the files. Raises StoreError without their content or the options' values.
    """
    given = {name: _single(name, query[name]) for name in OPTIONS if name in query}
    choices = {name: _truth(name, given[name]) for name in _CHOICES if name in given}
    if choices.pop("ssl_disabled", False):
        return {"ssl_disabled": True}
    given.pop("ssl_disabled", None)
    return {"ssl": _context(given, choices)} if given else {}


def advice(error: ssl.SSLError) -> str:
    """What to do about an error of TLS."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return FAILS.format(cause=_reason(error))
    sentence = _OTHER_NAME if error.verify_code in _MISMATCHES else _NOT_TRUSTED
    return FAILS.format(cause=sentence.format(cause=error.verify_message.rstrip(".")))


def _context(given: dict[str, str], choices: dict[str, bool]) -> ssl.SSLContext:
    has_authority = "ssl_ca" in given or "ssl_capath" in given
    verifies = choices.get("ssl_verify_cert", has_authority)
    verifies_name = choices.get("ssl_verify_identity", choices.get("ssl_check_hostname", verifies))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = verifies_name
    context.verify_mode = ssl.CERT_REQUIRED if verifies or verifies_name else ssl.CERT_NONE
    try:
        if has_authority:
            context.load_verify_locations(given.get("ssl_ca"), given.get("ssl_capath"))
        else:
            context.load_default_certs()
        if "ssl_cert" in given:
            # Without a password OpenSSL would ask for it on the terminal.
            password = given.get("ssl_key_password", "")
            context.load_cert_chain(given["ssl_cert"], given.get("ssl_key"), password)
        if "ssl_cipher" in given:
            context.set_ciphers(given["ssl_cipher"])
    except OSError as error:
        files = ", ".join(given[name] for name in _FILES if name in given)
        raise StoreError(FAILS.format(cause=f"{_reason(error)}: {files}")) from None
    return context


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).lower().replace("_", " ")
    return (error.strerror or str(error)).lower()


def _single(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise StoreError(f"[database] connection has {name} more than once")
    return value


def _truth(name: str, value: str) -> bool:
    if value.lower() not in _TRUTH:
        raise StoreError(f"{name} in [database] connection is neither true nor false")
    return _TRUTH[value.lower()]
