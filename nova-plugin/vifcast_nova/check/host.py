"""What the lines of the answer find out for those that come after them."""

from vifcast_nova.check import processes


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
        running = processes.running()
        # Lists of Process: the nova-computes, and what else of Nova runs here.
        self.processes = [each for each in running if each.name == processes.COMPUTE]
        self.other_services = [each for each in running if each.name != processes.COMPUTE]
        self.conf = None  # oslo.config's ConfigOpts, once nova.conf is read

    @property
    def own_processes(self):
        """The nova-computes that this Python runs."""
        return [process for process in self.processes if process.is_ours]
