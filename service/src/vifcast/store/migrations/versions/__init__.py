"""One module for each version of the schema.

Each can be run again where it was interrupted: on MariaDB every CREATE and ALTER is a
transaction of its own, so that an upgrade which was killed leaves what it had done, and begins
again with the version that it was about to make. Hence ``if_not_exists``.
"""
