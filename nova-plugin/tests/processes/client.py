"""Plays nova-api: ``python -m processes.client FOLDER`` attaches a NIC and detaches it.

An instance goes into the database, and nova-compute is called over real RPC.
Prints the port's id, its MAC and its address as one JSON object.
"""

import json
import os
import sys
import time

from lab.compute import HOST, Compute
from lab.network import NETWORK_ID

TIMEOUT_S = 60


def main(folder):
    # As nova-api has it outside of a WSGI server: plain threads.
    os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "1"
    import nova.conf
    from nova import config, objects

    config.parse_args(["client", "--config-file", os.path.join(folder, "nova.conf")])
    objects.register_all()
    from nova.compute import rpcapi

    server = Compute(nova.conf.CONF, None).server()
    assert server.instance.host == HOST
    compute = rpcapi.ComputeAPI()
    server.begin_action("attach_interface")
    vif = compute.attach_interface(
        server.context, server.instance, NETWORK_ID, None, None
    )
    server.begin_action("detach_interface")
    compute.detach_interface(server.context, server.instance, vif["id"])
    give_up_at = time.monotonic() + TIMEOUT_S
    while server.port_ids():
        assert time.monotonic() < give_up_at, "nova-compute did not detach the NIC"
        time.sleep(0.1)
    print(
        json.dumps(
            {
                "port_id": vif["id"],
                "mac_address": vif["address"],
                "ip_address": vif["network"]["subnets"][0]["ips"][0]["address"],
            }
        )
    )
    sys.stdout.flush()
    os._exit(0)  # oslo.messaging's threads would keep us


if __name__ == "__main__":
    main(sys.argv[1])
