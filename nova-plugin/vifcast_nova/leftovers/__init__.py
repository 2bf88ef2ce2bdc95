"""``vifcast-nova outbox``: what waits in the outbox, and what is to become of the rest.

For commands; never loaded into Nova. ``contents`` sees what is there, ``readdress`` has what
nobody sends sent or forgotten.
"""
