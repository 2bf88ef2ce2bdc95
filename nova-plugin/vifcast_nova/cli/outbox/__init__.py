"""``vifcast-nova outbox``: what waits in the outbox, and what is to become of the rest.

``readdress`` has what nobody sends sent to another bus, or deleted.
"""
