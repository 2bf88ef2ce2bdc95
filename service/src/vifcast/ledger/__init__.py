"""Events to operations and attachments; pure functions, no I/O.

Every function takes *all* facts of one key and gives the same answer in whatever
order, and however often, they come. So the store recomputes instead of updating,
and a late, repeated or interleaved notification needs no case of its own.
"""
