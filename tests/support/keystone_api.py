"""A running Keystone seen from a test: users, projects, roles, tokens, application credentials.

Every refusal is an urllib.error.HTTPError; see keystone_http.py.
"""

import secrets
import time
import urllib.error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from keystone_files import REGION
from keystone_http import DOMAIN, KeystoneHTTP


@dataclass(frozen=True)
class Project:
    """A project of the domain ``default``."""

    id: str
    name: str


@dataclass(frozen=True)
class User:
    """A user of the domain ``default``."""

    id: str
    name: str
    password: str


@dataclass(frozen=True)
class Credential:
    """An application credential."""

    id: str
    secret: str


# What a role or a token is for: a project, the system, or (a token alone) nothing.
Scope = Project | Literal["system"] | None


class KeystoneAPI(KeystoneHTTP):
    """What the admin does at the Keystone of ``base_url``, and what its users do themselves."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self._role_ids: dict[str, str] = {}

    def create_project(self, name: str | None = None) -> Project:
        """Make a project."""
        wanted = {"name": name or _new_name("project"), "domain_id": DOMAIN}
        made = self.administer("POST", "/projects", {"project": wanted})["project"]
        return Project(made["id"], made["name"])

    def create_user(self, *roles: str, scope: Scope = None, name: str | None = None) -> User:
        """Make a user with ``roles`` in a project or on the system, or without any."""
        password = secrets.token_hex(8)
        wanted = {"name": name or _new_name("user"), "domain_id": DOMAIN, "password": password}
        made = self.administer("POST", "/users", {"user": wanted})["user"]
        user = User(made["id"], made["name"], password)
        for role in roles:
            self.grant(user, role, scope)
        return user

    def grant(self, user: User, role: str, scope: Scope) -> None:
        """Give a role: ``admin``, ``manager``, ``member``, ``reader`` or ``service``."""
        self.administer("PUT", self._assignment(user, role, scope))

    def withdraw(self, user: User, role: str, scope: Scope) -> None:
        """Take a role away."""
        self.administer("DELETE", self._assignment(user, role, scope))

    def disable(self, subject: User | Project) -> None:
        """Refuse all tokens of a user or a project from now on."""
        self._enable(subject, is_enabled=False)

    def enable(self, subject: User | Project) -> None:
        """Let it in again, with new tokens."""
        self._enable(subject, is_enabled=True)
        # Keystone counts in whole seconds: a token of the one in which it was disabled is invalid.
        time.sleep(1 - time.time() % 1)

    def issue(self, user: User, scope: Scope = None) -> str:
        """A token by password."""
        about = {"id": user.id, "password": user.password}
        return self.authenticate(
            {"methods": ["password"], "password": {"user": about}}, _scope(scope)
        )

    def issue_from(self, credential: Credential) -> str:
        """A token by application credential; its scope is the credential's."""
        about = {"id": credential.id, "secret": credential.secret}
        return self.authenticate(
            {"methods": ["application_credential"], "application_credential": about}
        )

    def create_credential(
        self,
        user: User,
        project: Project,
        *roles: str,
        access_rules: list[dict[str, str]] | None = None,
        lifetime_s: float | None = None,
    ) -> Credential:
        """Make an application credential as the user does, with ``roles`` or all that it has.

        ``access_rules``: of ``service`` (a type), ``method`` and ``path``. With ``lifetime_s``
        its tokens expire then, too, to the second; Keystone refuses what is over already.
        """
        wanted: dict[str, Any] = {"name": _new_name("credential")}
        if roles:
            wanted["roles"] = [{"name": role} for role in roles]
        if access_rules is not None:
            wanted["access_rules"] = access_rules
        if lifetime_s is not None:
            expires_at = datetime.now(UTC) + timedelta(seconds=lifetime_s)
            wanted["expires_at"] = f"{expires_at:%Y-%m-%dT%H:%M:%S.%fZ}"
        made = self.call(
            "POST",
            f"/users/{user.id}/application_credentials",
            {"application_credential": wanted},
            self.issue(user, project),
        )["application_credential"]
        return Credential(made["id"], made["secret"])

    def revoke(self, token: str) -> None:
        """End a token before its time, as its user does."""
        self.call("DELETE", "/auth/tokens", token=token, headers={"X-Subject-Token": token})

    def validate(self, token: str) -> dict[str, Any] | None:
        """What Keystone knows of a token; None when it is not, or no longer, valid."""
        # Keystone hides a token with access rules from whoever does not say to heed them.
        headers = {"X-Subject-Token": token, "OpenStack-Identity-Access-Rules": "1.0"}
        try:
            found: dict[str, Any] = self.administer("GET", "/auth/tokens", headers=headers)["token"]
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
        return found

    def register(self, service_type: str, url: str) -> None:
        """Put a service and its public endpoint into the catalogue."""
        wanted = {"type": service_type, "name": service_type}
        service = self.administer("POST", "/services", {"service": wanted})["service"]
        endpoint = {
            "service_id": service["id"],
            "interface": "public",
            "region_id": REGION,
            "url": url,
        }
        self.administer("POST", "/endpoints", {"endpoint": endpoint})

    def authtoken_options(self, service_user: User, project: Project) -> dict[str, str]:
        """[keystone_authtoken] of a service whose own user is that, in that project."""
        return {
            "www_authenticate_uri": self.auth_url,
            "auth_url": self.auth_url,
            "auth_type": "password",
            "username": service_user.name,
            "user_domain_id": DOMAIN,
            "password": service_user.password,
            "project_name": project.name,
            "project_domain_id": DOMAIN,
            "region_name": REGION,
        }

    def _assignment(self, user: User, role: str, scope: Scope) -> str:
        match scope:
            case Project(id=project_id):
                where = f"/projects/{project_id}"
            case "system":
                where = "/system"
            case None:
                raise ValueError(f"Role {role} of {user.name}: in a project or on the system?")
        return f"{where}/users/{user.id}/roles/{self._role_id(role)}"

    def _role_id(self, name: str) -> str:
        if not self._role_ids:
            listed = self.administer("GET", "/roles")["roles"]
            self._role_ids = {role["name"]: role["id"] for role in listed}
        return self._role_ids[name]

    def _enable(self, subject: User | Project, *, is_enabled: bool) -> None:
        kind = "user" if isinstance(subject, User) else "project"
        self.administer("PATCH", f"/{kind}s/{subject.id}", {kind: {"enabled": is_enabled}})


def _scope(scope: Scope) -> object:
    match scope:
        case Project(id=project_id):
            return {"project": {"id": project_id}}
        case "system":
            return {"system": {"all": True}}
        case None:
            # Said, for a user with a default project would get a token for that.
            return "unscoped"


def _new_name(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(4)}"
