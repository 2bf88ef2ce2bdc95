"""What openstacksdk raises, as a sentence for a person."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from keystoneauth1 import exceptions as keystone
from openstack import exceptions

from vifcast.display import visible
from vifcast.errors import CloudError, InvalidValueError

_MAX_LENGTH = 300
# Of what is below ``auth`` in clouds.yaml, by name.
_SECRET = re.compile(r"pass|secret|token|code|key|credential$", re.IGNORECASE)
_UNAUTHORIZED, _FORBIDDEN, _SERVER_ERROR = 401, 403, 500


def secrets_of(auth: Mapping[str, Any]) -> frozenset[str]:
    """What must not be in any text, of the options below ``auth`` in clouds.yaml."""
    return frozenset(str(value) for name, value in auth.items() if value and _SECRET.search(name))


@contextmanager
def cloud_errors(cloud: str, what: str, secrets: frozenset[str] = frozenset()) -> Iterator[None]:
    """Turn every way in which a cloud does not answer into a CloudError.

    Its text has none of ``secrets``: Keystone may repeat what it does not like.
    """
    try:
        with _cloud_errors(cloud, what):
            yield
    except CloudError as error:
        reason = str(error)
        # The longest first: one may be a part of another.
        for secret in sorted(secrets, key=len, reverse=True):
            reason = reason.replace(secret, "***")
        raise CloudError(reason) from None


@contextmanager
def _cloud_errors(cloud: str, what: str) -> Iterator[None]:
    try:
        yield
    except exceptions.ConfigException as error:
        raise CloudError(
            f"cloud {cloud}: {_text(error).rstrip('.')}; check that clouds.yaml has it, complete; "
            f"openstack --os-cloud {cloud} server list tries it; nothing was changed"
        ) from error
    except (
        exceptions.SDKException,
        keystone.ClientException,
        requests.RequestException,
    ) as error:
        raise CloudError(f"cloud {cloud}: {what}: {_reason(error)}; nothing was changed") from error
    except (AttributeError, KeyError, TypeError, ValueError, InvalidValueError) as error:
        # JSON, but not what Nova and Neutron answer; a proxy's page, or half an answer.
        raise CloudError(
            f"cloud {cloud}: {what}: the answer cannot be understood "
            f"({type(error).__name__}: {_text(error)}); nothing was changed"
        ) from error


def _reason(error: Exception) -> str:
    status = getattr(error, "status_code", None) or getattr(error, "http_status", None)
    advice = ""
    if status == _UNAUTHORIZED:
        advice = "; the credentials in clouds.yaml are refused"
    elif status == _FORBIDDEN:
        advice = "; the credentials may not read this, ask for the role reader or admin"
    elif isinstance(error, keystone.ConnectTimeout):
        advice = "; it took longer than api_timeout in clouds.yaml"
    elif status and status >= _SERVER_ERROR:
        advice = "; try again once it works"
    return f"{_text(error)}{advice}"


def _text(error: Exception) -> str:
    return visible(" ".join(str(error).split()))[:_MAX_LENGTH]
