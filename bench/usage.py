"""What a process has taken, by proc(5)."""

import os
from pathlib import Path

_MIB = 1024 * 1024


def cpu_s_of(pid: int) -> float:
    """The CPU time of all its threads, in user and in kernel mode, in seconds."""
    # After its name, which may have anything in it.
    found = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(found[11]) + int(found[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib_of(pid: int) -> float:
    """Its resident memory, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB
