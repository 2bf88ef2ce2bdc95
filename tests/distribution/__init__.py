"""vifcast-nova beside Debian's packaged Nova: ``make distribution``.

A Debian 12 by debootstrap below .cache/, with Debian's own nova-compute. What docs/nova.md says
for Nova from packages is run in it, word for word; then ``vifcast-nova check`` and the packaged
nova-compute itself have to find the hooks.
"""
