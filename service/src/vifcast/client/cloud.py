"""A cloud of clouds.yaml, for the client."""

from urllib.parse import urlsplit

import openstack.config
from keystoneauth1.adapter import Adapter

from vifcast.client.failures import said
from vifcast.errors import InvalidValueError
from vifcast.version import __version__


def adapter_of(name: str, service_type: str, cacert: str | None, timeout_s: float) -> Adapter:
    """What asks the service in that cloud's catalogue. Raises InvalidValueError."""
    # openstacksdk and keystoneauth1 raise whatever comes up in their plug-ins, too: TypeError for
    # an option that is missing.
    try:
        region = openstack.config.get_cloud_region(
            cloud=name, app_name="vifcast", app_version=__version__
        )
        auth_url = str(region.config["auth"].get("auth_url") or "")
    except Exception as error:
        raise _unusable(name, error) from error
    if "@" in urlsplit(auth_url).netloc:
        # The libraries log it.
        raise InvalidValueError(
            f"cloud {name}: auth_url has a user or password in it; write username and password "
            "below auth"
        )
    region.config["api_timeout"] = region.config.get("api_timeout") or timeout_s
    if cacert is not None:
        region.config |= {"verify": True, "cacert": cacert}
    try:
        return Adapter(
            region.get_session(),
            service_type=service_type,
            region_name=region.region_name,
            interface=region.get_interface(service_type),
            endpoint_override=region.get_endpoint(service_type),
        )
    except Exception as error:
        raise _unusable(name, error) from error


def _unusable(name: str, error: Exception) -> InvalidValueError:
    return InvalidValueError(
        f"cloud {name} cannot be used: {said(error)}; see its entry in clouds.yaml"
    )
