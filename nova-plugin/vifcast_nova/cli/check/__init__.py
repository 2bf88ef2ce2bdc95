"""``vifcast-nova check``: does this host report when a NIC comes and goes?

A module for each line of the answer, or for those that are found out together; ``command``
runs them in order. Nothing here creates or installs anything, all that is sent is a message
that no queue gets (``connect``), and Nova loads none of it.
"""
