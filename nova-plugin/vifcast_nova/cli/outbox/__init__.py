"""``vifcast-nova outbox``: lists what waits; sends or deletes orphaned notifications.

``readdress`` gives orphaned notifications to another bus, or deletes them.
"""
