"""The ledger against what the cloud says now.

The ledger knows what was reported. What nobody reported (a host without vifcast-nova, a queue that
was full, a database restored from a copy) stays wrong until somebody looks: this looks.
"""
