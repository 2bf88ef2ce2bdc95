"""This host, and the services of Nova that run on it: from /proc (proc(5))."""

import collections
import os
import pwd
import sys

COMPUTE = "nova-compute"
# Those that notify. Beside them are commands (nova-manage), helpers (nova-rootwrap, whose
# nova.conf is another file) and proxies.
_SERVICES = (
    COMPUTE,
    "nova-api",
    "nova-api-metadata",
    "nova-api-os-compute",
    "nova-cells",
    "nova-conductor",
    "nova-console",
    "nova-consoleauth",
    "nova-network",
    "nova-scheduler",
)

# name: str, nova-compute; pid, uid: int; python: str, the interpreter as it was called;
# config_files: list of str, those that it was given; started_at: seconds since 1970;
# is_ours: whether the Python that runs us runs it
Process = collections.namedtuple(
    "Process", "name pid uid python config_files started_at is_ours"
)


class Host(object):
    """This host, as far as it is known.

    :param config_files: list of str, as the operator named them; empty: the defaults
    :param config_dirs: list of str
    :param timeout_s: number, how long a broker may take to answer
    """

    def __init__(self, config_files, config_dirs, timeout_s):
        self.config_files = config_files
        self.config_dirs = config_dirs
        self.timeout_s = timeout_s
        running = _running()
        # Lists of Process: the nova-computes, and what else of Nova runs here.
        self.processes = [each for each in running if each.name == COMPUTE]
        self.other_services = [each for each in running if each.name != COMPUTE]
        self.conf = None  # oslo.config's ConfigOpts, once nova.conf is read

    @property
    def own_processes(self):
        """The nova-computes that this Python runs."""
        return [process for process in self.processes if process.is_ours]


def _running():
    """All that can be seen, a list of Process; empty in a container that hides them.

    Not what a web server runs inside itself, as it often does nova-api.
    """
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdigit():
            try:
                process = _read(int(name))
            except (EnvironmentError, ValueError, IndexError):
                continue  # gone meanwhile
            if process is not None:
                found.append(process)
    return sorted(found)


def user_name(uid):
    """``nova``, or ``uid 42436`` for one that this host does not know."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return "uid %d" % uid


def _read(pid):
    # ``/opt/nova/bin/python /opt/nova/bin/nova-compute --config-file ...``: what the
    # kernel makes of a script with a #! line.
    words = _content(pid, "cmdline").split("\0")
    scripts = [word for word in words[1:4] if os.path.basename(word) in _SERVICES and "/" in word]
    if not scripts or not os.path.basename(words[0]).startswith("python"):
        return None
    name = os.path.basename(scripts[0])
    is_ours = _folder(words[0]) == _folder(sys.executable)
    status = os.stat("/proc/%d" % pid)
    return Process(
        name, pid, status.st_uid, words[0], _config_files(words), _started_at(pid), is_ours
    )


def _config_files(words):
    option = "--config-file"
    found = [after for word, after in zip(words, words[1:]) if word == option]
    return found + [word[len(option) + 1 :] for word in words if word.startswith(option + "=")]


def _folder(path):
    # Not of the interpreter itself: those of virtual environments are all links to one.
    return os.path.realpath(os.path.dirname(path))


def _started_at(pid):
    # Field 22, in clock ticks since the machine was started; the second field is a name
    # in parentheses that may hold blanks.
    ticks = int(_content(pid, "stat").rpartition(")")[2].split()[19])
    with open("/proc/stat") as stat_file:
        booted_at = next(int(line.split()[1]) for line in stat_file if line.startswith("btime"))
    return booted_at + float(ticks) / os.sysconf("SC_CLK_TCK")


def _content(pid, name):
    with open("/proc/%d/%s" % (pid, name)) as proc_file:
        return proc_file.read()
