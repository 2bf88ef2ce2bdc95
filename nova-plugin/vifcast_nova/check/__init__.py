"""``vifcast-nova check``: does this host tell when a NIC comes and goes?

One module for each line of the answer; ``command`` runs them in order. Nothing here
creates, installs or sends anything, and Nova loads none of it.
"""
