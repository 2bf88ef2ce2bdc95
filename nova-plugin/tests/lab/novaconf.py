"""The nova.conf of the lab: what nova-compute needs, and the line under test."""

import os

_TEMPLATE = """\
[DEFAULT]
host = compute1
my_ip = 127.0.0.1
transport_url = {url}
compute_driver = fake.SmallFakeDriver
state_path = {directory}
log_file = {directory}/nova.log
[oslo_concurrency]
lock_path = {directory}
[database]
connection = sqlite:///{directory}/nova.sqlite
sqlite_synchronous = false
[api_database]
connection = sqlite:///{directory}/nova.sqlite
sqlite_synchronous = false
[notifications]
notification_format = {notification_format}
[oslo_messaging_notifications]
transport_url = {url}
{drivers}
[vifcast]
report_interval_s = {report_interval_s}
[vnc]
enabled = false
[placement]
auth_type = none
endpoint_override = http://127.0.0.1:{port}/placement
[glance]
endpoint_override = http://127.0.0.1:9292
[neutron]
auth_type = none
endpoint_override = http://127.0.0.1:{port}/neutron
"""


def write(directory, url, notification_format, drivers, port, report_interval_s=0):
    """Write nova.conf into ``directory``; returns its path.

    No reports unless they are asked for: most tests look at all that is sent.
    """
    path = os.path.join(directory, "nova.conf")
    with open(path, "w") as conf_file:
        conf_file.write(
            _TEMPLATE.format(
                directory=directory,
                url=url,
                notification_format=notification_format,
                drivers="\n".join("driver = " + d for d in drivers),
                port=port,
                report_interval_s=report_interval_s,
            )
        )
    return path
