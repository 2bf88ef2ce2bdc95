"""The command ``vifcast-nova``: ``patch``, ``check`` and ``outbox``. Nova never loads it."""
