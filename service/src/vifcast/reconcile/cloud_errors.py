"""What openstacksdk raises, as a sentence for a person."""

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from keystoneauth1 import exceptions as keystone
from openstack import exceptions

from vifcast.display import visible
from vifcast.errors import CloudError, InvalidValueError

_MAX_LENGTH = 300
_UNAUTHORIZED, _FORBIDDEN, _SERVER_ERROR = 401, 403, 500


@contextmanager
def cloud_errors(cloud: str, what: str) -> Iterator[None]:
    """Turn every way in which a cloud does not answer into a CloudError."""
    try:
        yield
    except exceptions.ConfigException as error:
        raise CloudError(
            f"cloud {cloud}: {_text(error).rstrip('.')}; is it in clouds.yaml, and whole? "
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
