"""What a VIF says of itself, as plain data.

A VIF is a dict (``nova/network/model.py:VIF``). It is read at once and copied:
Nova goes on changing it, and its own payload code writes into it. Patched Novas and
other network back ends put odd things there; whatever is none is left out.
"""

import re

_MAX_CHARS = 255
_IP_VERSIONS = (4, 6)

# The same spellings as contract/mac_addresses.json: Ethernet's six bytes, up to the twenty of
# InfiniBand; \Z and not $, which takes a line break, too.
_SPELLINGS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[0-9a-f]{2}([:.-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4,18}\Z",
        r"[0-9a-f]{1,2}([:.-])[0-9a-f]{1,2}(?:\1[0-9a-f]{1,2}){4}\Z",
        r"[0-9a-f]{4}([:.-])[0-9a-f]{4}(?:\1[0-9a-f]{4}){1,2}\Z",
        r"[0-9a-f]{6}[:.-][0-9a-f]{6}\Z",
        r"(?:[0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{40})\Z",
    )
)
_SEPARATOR = re.compile("[:.-]")
# What Neutron sends, and what ``mac`` makes of the rest.
_CANONICAL = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}\Z")
_TEXT = type(u"")


def find(network_info, port_id):
    """The VIF of ``port_id`` in a NetworkInfo (a list of VIFs), or None."""
    for vif in network_info or ():
        if vif.get("id") == port_id:
            return vif
    return None


def describe(vif):
    """The part of the ``interface`` key that comes from a VIF.

    :param vif: a VIF, or None
    :returns: dict of str, None and ``fixed_ips`` (list of dict); empty for None
    """
    if not vif:
        return {}
    network = _dict(vif.get("network"))
    return {
        "port_id": text(vif.get("id")),
        "network_id": text(network.get("id")),
        "network_label": text(network.get("label")),
        "mac_address": mac(vif.get("address")),
        "fixed_ips": [
            {
                "ip_address": address,
                "version": ip.get("version") if ip.get("version") in _IP_VERSIONS else None,
                "subnet_cidr": text(subnet.get("cidr")),
            }
            for subnet in _dicts(network.get("subnets"))
            for ip in _dicts(subnet.get("ips"))
            for address in [text(ip.get("address"))]
            # A number is none; the rest is the reader's to judge.
            if address is not None and ("." in address or ":" in address)
        ],
        "vif_type": text(vif.get("type")),
        "vnic_type": text(vif.get("vnic_type")),
        "device_name": text(vif.get("devname")),
    }


def mac(value):
    """A hardware address in lower case with colons; None for what is none."""
    spelled = (text(value) or "").strip().lower()
    if _CANONICAL.match(spelled):
        return spelled
    if not any(spelling.match(spelled) for spelling in _SPELLINGS):
        return None
    digits = "".join(part.zfill(2) for part in _SEPARATOR.split(spelled))
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def text(value):
    """The value as a text of at most 255 characters; None for an empty one and for what is none.

    An address of netaddr's and a UUID are texts; a list and a truth value are none.
    """
    if type(value) is _TEXT:
        return value if 0 < len(value) <= _MAX_CHARS else None
    if value is None or isinstance(value, (bool, dict, list, tuple, set, frozenset)):
        return None
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    elif not isinstance(value, _TEXT):
        value = u"{}".format(value)
    return value if 0 < len(value) <= _MAX_CHARS else None


def _dict(value):
    return value if isinstance(value, dict) else {}


def _dicts(value):
    return [item for item in value if isinstance(item, dict)] if _is_list(value) else []


def _is_list(value):
    return isinstance(value, (list, tuple))
