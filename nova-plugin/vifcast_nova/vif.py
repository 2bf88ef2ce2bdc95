"""What a VIF says of itself, as plain data.

A VIF is a dict (``nova/network/model.py:VIF``). It is read at once and copied:
Nova goes on changing it, and its own payload code writes into it.
"""


def find(network_info, port_id):
    """The VIF of ``port_id`` in a NetworkInfo (a list of VIFs), or None."""
    for vif in network_info or ():
        if vif["id"] == port_id:
            return vif
    return None


def describe(vif):
    """The part of the ``interface`` key that comes from a VIF.

    :param vif: a VIF, or None
    :returns: dict of str, None and ``fixed_ips`` (list of dict); empty for None
    """
    if not vif:
        return {}
    network = vif.get("network") or {}
    return {
        "port_id": vif.get("id"),
        "network_id": network.get("id"),
        "network_label": network.get("label"),
        "mac_address": vif.get("address"),
        "fixed_ips": [
            {
                "ip_address": str(ip["address"]),
                "version": ip.get("version"),
                "subnet_cidr": _text(subnet.get("cidr")),
            }
            for subnet in network.get("subnets") or ()
            for ip in subnet.get("ips") or ()
        ],
        "vif_type": vif.get("type"),
        "vnic_type": vif.get("vnic_type"),
        "device_name": vif.get("devname"),
    }


def _text(value):
    return None if value is None else str(value)
