"""``KeystoneSignIn``: a token for a user's name and password, as Keystone's identity API gives it.

As the section [keystone_authtoken] says where Keystone is, so that an operator configures it once.
"""

import logging
from pathlib import Path
from typing import Any

from keystoneauth1 import session as sessions
from keystoneauth1.exceptions import ClientException, Unauthorized
from keystoneauth1.identity import v3

from vifcast.identity.credentials import Credentials, KeystoneAwayError, SignInRefusedError
from vifcast.identity.keystone import place_of
from vifcast.repeats import Repeats

LOG = logging.getLogger(__name__)

_TIMEOUT_S = 10.0
_repeats = Repeats()


class KeystoneSignIn:
    """Asks Keystone; waits for it at most ten seconds. Raises ConfigError."""

    def __init__(self, file: Path | None) -> None:
        self._place = place_of(file)

    def token(self, given: Credentials) -> str:
        """A token. Raises SignInRefusedError and KeystoneAwayError."""
        scope: dict[str, Any] = (
            {"system_scope": "all"}
            if given.project is None
            else {
                "project_name": given.project,
                "project_domain_name": given.project_domain,
            }
        )
        password = v3.Password(
            self._auth_url(),
            username=given.user,
            password=given.password,
            user_domain_name=given.user_domain,
            **scope,
        )
        try:
            found = password.get_token(self._session())
        except Unauthorized:
            raise SignInRefusedError(
                "Keystone knows no such user with this password, or gives it no role there; look "
                "at the names, the domains and the project"
            ) from None
        except ClientException as error:
            if _repeats.is_new(str(error)):
                LOG.warning("Keystone does not answer: %s", error)
            raise KeystoneAwayError("Keystone does not answer; try again later") from None
        return str(found)

    def revoke(self, token: str) -> None:
        """End a token, so that a copy of it is worth nothing; one that cannot be ended expires."""
        session = self._session()
        try:
            session.delete(
                f"{self._auth_url()}/auth/tokens",
                headers={"X-Auth-Token": token, "X-Subject-Token": token},
                authenticated=False,
            )
        except ClientException as error:
            if _repeats.is_new(str(error)):
                LOG.warning("Keystone has not ended the token of who signed out: %s", error)

    def _auth_url(self) -> str:
        url = self._place.auth_url.rstrip("/")
        return url if url.endswith("/v3") else f"{url}/v3"

    def _session(self) -> sessions.Session:
        place = self._place
        return sessions.Session(verify=place.verify, cert=place.certificate, timeout=_TIMEOUT_S)
