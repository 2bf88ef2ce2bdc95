"""What Nova itself says of NICs and of instances, for tests of whoever reads it.

The shapes are those of the samples in contract/samples, shortened.
"""

from typing import Any

from notifications import CATALOG_URL, INSTANCE, PORT, TOKEN, body

REQUEST = "req-f0baab5d-da79-41c1-9103-7d95136cefe7"

PORT_IN_USE = "{'kwargs': {'code': 400}, 'message': 'Port is in use', 'class': 'PortInUse'}"


def nova_object(name: str, data: dict[str, Any], version: str = "1.0") -> dict[str, Any]:
    """An object as Nova's versioned notifications hold them."""
    return {
        "nova_object.name": name,
        "nova_object.namespace": "nova",
        "nova_object.version": version,
        "nova_object.data": data,
    }


def ip_payload(**changes: Any) -> dict[str, Any]:
    """One of ``ip_addresses``."""
    data = {
        "label": "private",
        "mac": "fa:16:3e:00:00:07",
        "meta": {},
        "port_uuid": PORT,
        "version": 4,
        "address": "192.0.2.7",
        "device_name": "tap966bbc6c-3d",
    }
    return nova_object("IpPayload", data | changes)


def exception_payload(**changes: Any) -> dict[str, Any]:
    """``fault`` of an error."""
    data = {
        "module_name": "nova.virt.fake",
        "function_name": "attach_interface",
        "exception": "InterfaceAttachFailed",
        "exception_message": "Failed to attach network adapter device",
        "traceback": "Traceback (most recent call last): …",
    }
    return nova_object("ExceptionPayload", data | changes, "1.1")


def instance_payload(*, version: str = "1.9", **changes: Any) -> dict[str, Any]:
    """An InstanceActionPayload; the changes are of its data."""
    data = {
        "fault": None,
        "request_id": REQUEST,
        "uuid": INSTANCE,
        "user_id": "owner",
        "tenant_id": "4ec209eb4b8b4c08b4a45d6c2915077c",
        "display_name": "vm-1",
        "host_name": "vm-1",
        "host": "compute-1",
        "node": "compute-1",
        "state": "active",
        "ip_addresses": [ip_payload()],
        "metadata": {"role": "web"},
        "action_initiator_user": "alice",
    }
    return nova_object("InstanceActionPayload", data | changes, version)


def versioned(
    event_type: str = "instance.interface_attach.end",
    payload: dict[str, Any] | None = None,
    **changes: Any,
) -> bytes:
    """A whole body; ``changes`` are of the inner object."""
    return body(
        event_type,
        payload=instance_payload() if payload is None else payload,
        **{"publisher_id": "nova-compute:compute-1"} | changes,
    )


def fixed_ip(**changes: Any) -> dict[str, Any]:
    """One of ``fixed_ips`` of ``compute.instance.create.end``."""
    return {
        "address": "192.0.2.7",
        "type": "fixed",
        "version": 4,
        "meta": {},
        "floating_ips": [],
        "label": "private",
        "vif_mac": "fa:16:3e:00:00:07",
    } | changes


def failed_call(
    event_type: str = "attach_interface",
    instance: object = None,
    exception: object = PORT_IN_USE,
    **args: Any,
) -> bytes:
    """What wrap_exception sends; ``args`` are of the method that failed."""
    payload = {
        "exception": exception,
        "args": {
            "instance": instance_object() if instance is None else instance,
            "network_id": None,
            "port_id": PORT,
            "requested_ip": None,
            "tag": None,
        }
        | args,
    }
    return body(event_type, payload=payload, priority="ERROR")


def instance_object(**changes: Any) -> dict[str, Any]:
    """The ``instance`` among its arguments: with it the request context, and user data."""
    context = {
        "auth_token": TOKEN,
        "service_catalog": [{"type": "identity", "endpoints": [{"publicURL": CATALOG_URL}]}],
        "request_id": REQUEST,
    }
    return {
        "uuid": INSTANCE,
        "user_id": "owner",
        "project_id": "4ec209eb4b8b4c08b4a45d6c2915077c",
        "display_name": "vm-1",
        "host": "compute-1",
        "node": "compute-1",
        "user_data": "c2VjcmV0",
        "info_cache": {"_context": context, "_obj_network_info": []},
        "pci_requests": {"_context": context},
    } | changes
