"""Notifications wait on the disk while the bus is away; a thread sends them.

``driver`` is oslo.messaging's way in, ``process`` ours. A notification becomes a
``letter``, a file in this process's ``spool``; its name joins the ``backlog``, from which the
``sender`` takes it to the ``bus`` and the ``lane``; ``outbox`` has all that and keeps the threads
running. ``limits`` says how much may wait, ``other_spools`` what other processes have in the same
directory, and ``adoption`` takes over from those that are gone.
"""
