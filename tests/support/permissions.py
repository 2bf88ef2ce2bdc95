"""A process that the permissions of files bind, also under root."""

import os

# Root reads and writes whatever the permissions of a file say, unless it gives that up.
BOUND_BY_PERMISSIONS = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
)
