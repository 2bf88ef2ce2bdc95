"""``Keystone``: finds who asks by keystonemiddleware's ``auth_token``, as OpenStack's services do.

That is WSGI. It is called with an environ made of the request's headers and an application that
hands back the identity which ``auth_token`` put there; no token is judged here. It blocks on
Keystone and on memcached, so it is called in a thread.
"""

import io
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keystoneauth1 import loading
from keystoneauth1.exceptions import ClientException, MissingRequiredOptions, NoMatchingPlugin
from keystonemiddleware.auth_token import AuthProtocol
from keystonemiddleware.opts import list_auth_token_opts
from oslo_config import cfg

from vifcast.errors import ConfigError
from vifcast.identity.asked import Asked
from vifcast.identity.caller import Caller
from vifcast.identity.refusal import Refusal
from vifcast.repeats import Repeats

LOG = logging.getLogger(__name__)

SERVICE_TYPE = "nic-ledger"
_GROUP = "keystone_authtoken"

_CALLER = "vifcast.caller"
_UNAUTHORIZED = 401

Environ = dict[str, Any]

# Of all of the process, because auth_token's log is, too.
_repeats = Repeats()


class Keystone:
    """``auth_token``, configured by [keystone_authtoken] of a file. Raises ConfigError."""

    def __init__(self, file: Path | None) -> None:
        with _understood(file) as (conf, section):
            # With that it would let pass whom it does not know.
            fixed = {"delay_auth_decision": False}
            self._protocol = AuthProtocol(_hand_back, {"oslo_config_config": conf} | fixed)
        _refuse_unknown(file, conf, {_GROUP, section})
        # It logs each request that it cannot let in, and anybody can send those.
        logging.getLogger(AuthProtocol.__module__).addFilter(_is_new)
        logging.getLogger("keystoneauth.session").addFilter(_is_no_retry)

    def remembered(self, _asked: Asked) -> None:
        """Never: ``auth_token`` remembers, as it is configured."""

    def find(self, asked: Asked) -> Caller | Refusal:
        """Who asks; waits for Keystone."""
        environ = _environ(asked)
        answered: list[tuple[str, dict[str, str]]] = []

        def start_response(status: str, headers: Iterable[tuple[str, str]], *_: Any) -> None:
            answered.append((status, dict(headers)))

        try:
            self._protocol(environ, start_response)
        except ClientException as error:
            # www_authenticate_uri is not set, and who knows it does not answer.
            if _repeats.is_new(str(error)):
                LOG.warning("Keystone does not answer: %s", error)
            return _unavailable()
        if (found := environ.get(_CALLER)) is not None:
            caller: Caller = found
            return caller
        status, headers = answered[0]
        if int(status.partition(" ")[0]) != _UNAUTHORIZED:
            return _unavailable()
        challenge = {name: value for name, value in headers.items() if name == "WWW-Authenticate"}
        return Refusal(
            _UNAUTHORIZED,
            "not_authenticated",
            "no token was sent, or Keystone does not accept it; get one with openstack token issue "
            "and send it as X-Auth-Token. If it is of an application credential with access rules, "
            f"one of them must allow this method and path of the service type {SERVICE_TYPE}",
            challenge,
        )


@contextmanager
def _understood(file: Path | None) -> Iterator[tuple[cfg.ConfigOpts, str]]:
    """The configuration, and the section that says how to sign in; errors become ConfigError."""
    conf = cfg.ConfigOpts()
    files = [str(file)] if file else []
    section = _GROUP
    try:
        conf([], project="vifcast", default_config_files=files, default_config_dirs=[])
        conf.register_opts(dict(list_auth_token_opts())[_GROUP], group=_GROUP)
        conf.set_default("service_type", SERVICE_TYPE, group=_GROUP)
        loading.register_auth_conf_options(conf, _GROUP)
        section = conf[_GROUP].auth_section or _GROUP
        if not conf[section].auth_type:
            raise _unusable(file, section, "it names no auth_type")
        yield conf, section
    except (cfg.Error, ValueError, ClientException) as error:
        raise _unusable(file, section, _why(error)) from None


@dataclass(frozen=True, slots=True)
class Place:
    """Where Keystone is, and how its certificate is verified (as ``requests`` takes it)."""

    auth_url: str
    verify: bool | str
    certificate: tuple[str, str] | None


def place_of(file: Path | None) -> Place:
    """As [keystone_authtoken] says it. Raises ConfigError."""
    with _understood(file) as (conf, section):
        plugin: Any = loading.load_auth_from_conf_options(conf, section)
        of = conf[_GROUP]
        certificate = (of.certfile, of.keyfile) if of.certfile and of.keyfile else None
        return Place(plugin.auth_url, False if of.insecure else of.cafile or True, certificate)


def _is_new(record: logging.LogRecord) -> bool:
    return record.levelno < logging.WARNING or _repeats.is_new(record.getMessage())


def _is_no_retry(record: logging.LogRecord) -> bool:
    """Of attempts of one request the last says it all."""
    return record.levelno != logging.WARNING or "Retrying in" not in str(record.msg)


def _environ(asked: Asked) -> Environ:
    """A request without its body, as WSGI has it (PEP 3333)."""
    environ: Environ = {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": asked.path,
        "QUERY_STRING": "",
        "SERVER_NAME": "vifcast",
        "SERVER_PORT": "0",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": asked.client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in asked.headers.items():
        # A header with an underscore in its name could pass for one with a dash.
        if "_" not in name:
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return environ


def _hand_back(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
    """The application behind ``auth_token``: what is there now, that has set."""
    if environ.get("HTTP_X_IDENTITY_STATUS") != "Confirmed":
        start_response("401 Unauthorized", [])
        return []
    user_id = environ.get("HTTP_X_USER_ID")
    project_id = environ.get("HTTP_X_PROJECT_ID")
    environ[_CALLER] = Caller(
        f"user {user_id} of project {project_id}" if project_id else f"user {user_id}",
        user_id,
        project_id,
        is_system=environ.get("HTTP_OPENSTACK_SYSTEM_SCOPE") == "all",
        roles=tuple(each for each in environ.get("HTTP_X_ROLES", "").split(",") if each),
    )
    start_response("200 OK", [])
    return []


def _unavailable() -> Refusal:
    return Refusal(
        503,
        "keystone_unavailable",
        "Keystone does not answer, so nobody knows whose token this is; try again later",
    )


def _why(error: Exception) -> str:
    if isinstance(error, cfg.NoSuchOptError | cfg.TemplateSubstitutionError):
        return "a value has a $ that no option name follows; write $$ for a literal $"
    if isinstance(error, MissingRequiredOptions | NoMatchingPlugin):
        return str(error)
    # Of others only the kind: the text may quote a password.
    return f"it ends in a {type(error).__name__}"


def _refuse_unknown(file: Path | None, conf: cfg.ConfigOpts, sections: set[str]) -> None:
    """oslo.config ignores a misspelt option; a person would look for it for hours."""
    written: dict[str, dict[str, list[str]]] = {}
    if file is not None:
        cfg.ConfigParser(str(file), written).parse()
    for section in sections:
        known = {option.replace("-", "_") for option in conf[section]}
        unknown = {name.replace("-", "_") for name in written.get(section, {})} - known
        if unknown:
            raise _unusable(file, section, f"it has an unknown option, {min(unknown)[:60]!r}")


def _unusable(file: Path | None, section: str, why: str) -> ConfigError:
    return ConfigError(
        f"configuration file {file}: section [{section}] cannot be used: {why}; it is the same as "
        "in nova.conf: auth_type, auth_url, username, password, project_name and the domains"
    )
