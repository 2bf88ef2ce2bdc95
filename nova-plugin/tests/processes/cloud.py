"""One small cloud: folder, nova.conf, databases and the processes that use them."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import kombu
from amqp.exceptions import ChannelError
from lab import broker

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.path.dirname(sys.executable)
START_TIMEOUT_S = 90
STOP_TIMEOUT_S = 10
# What Python says under PYTHONVERBOSE.
_VERBOSE = re.compile(r"import '(?P<module>[^']+)' # |# |Processing \.pth ")
_DATABASES = ("api.sqlite", "cell.sqlite")

_CONF = """\
[DEFAULT]
host = compute1
my_ip = 127.0.0.1
transport_url = {rpc_url}
compute_driver = fake.MediumFakeDriver
state_path = {folder}
enabled_apis = osapi_compute
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = {api_port}
osapi_compute_workers = 1
[api]
auth_strategy = noauth2
[wsgi]
api_paste_config = {folder}/api-paste.ini
[conductor]
workers = 1
[scheduler]
workers = 1
[oslo_concurrency]
lock_path = {folder}
[database]
connection = sqlite:///{folder}/cell.sqlite?timeout=90
sqlite_synchronous = false
[api_database]
connection = sqlite:///{folder}/api.sqlite?timeout=90
sqlite_synchronous = false
[oslo_messaging_notifications]
transport_url = {notification_url}
driver = vifcast_outbox
driver = vifcast
[vifcast]
report_interval_s = 2
[vnc]
enabled = false
[glance]
endpoint_override = http://127.0.0.1:9292
[placement]
auth_type = admin_token
token = admin
endpoint = http://127.0.0.1:{placement_port}
endpoint_override = http://127.0.0.1:{placement_port}
[neutron]
auth_type = admin_token
token = admin
endpoint = http://127.0.0.1:{neutron_port}
endpoint_override = http://127.0.0.1:{neutron_port}
[service_user]
send_service_user_token = false
"""


class Cloud:
    """The folder of one cloud, and its processes.

    :param folder: str, empty
    :param threads: ``native`` or ``eventlet``
    :param databases: str, a folder that ``sync`` filled
    """

    def __init__(self, folder, threads, databases=None):
        self.folder = folder
        self.threads = threads
        # RPC has a vhost of its own: its exchange has the same name.
        self.rpc_url, self.notification_url = broker.new_vhost(), broker.new_vhost()
        self.ports = dict(zip(("api", "placement", "neutron"), _free_ports(3)))
        self.conf_path = os.path.join(folder, "nova.conf")
        self._processes = {}
        with open(self.conf_path, "w") as conf_file:
            conf_file.write(
                _CONF.format(
                    folder=folder,
                    rpc_url=broker.transport_url(self.rpc_url),
                    notification_url=broker.transport_url(self.notification_url),
                    api_port=self.ports["api"],
                    placement_port=self.ports["placement"],
                    neutron_port=self.ports["neutron"],
                )
            )
        shutil.copy(os.path.join(sys.prefix, "etc/nova/api-paste.ini"), folder)
        for name in _DATABASES if databases else ():
            shutil.copy(os.path.join(databases, name), folder)

    def sync(self):
        """Make the databases, as an operator does."""
        for command in (["api_db", "sync"], ["db", "sync", "--local_cell"]):
            nova_manage = self.script("nova-manage") + command
            subprocess.run(nova_manage, check=True, env=self._environment())

    def script(self, name):
        """The command line of one of Nova's console scripts."""
        return [os.path.join(BIN, name), "--config-file", self.conf_path]

    def start(self, name, command):
        """Start a process; what it logs, and each module it imports, is ``output``."""
        with open(self._output_path(name), "wb") as output:
            self._processes[name] = subprocess.Popen(
                command,
                cwd=TESTS,
                env=self._environment(PYTHONVERBOSE="1"),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def pid(self, name):
        """The number of a process."""
        return self._processes[name].pid

    def run(self, command):
        """Run a command to its end; returns what it printed."""
        return subprocess.run(
            command,
            cwd=TESTS,
            env=self._environment(),
            stdout=subprocess.PIPE,
            check=True,
            timeout=START_TIMEOUT_S,
        ).stdout.decode("utf-8")

    def log(self, name):
        """What a process has logged so far, a list of lines."""
        return [line for line in self._lines(name) if not _VERBOSE.match(line)]

    def imported(self, name):
        """The modules that a process has imported so far, a set."""
        return {
            found.group("module")
            for found in map(_VERBOSE.match, self._lines(name))
            if found and found.group("module")
        }

    def wait_for_port(self, name, port):
        """Until a process listens there."""
        self._wait(name, lambda: _is_open(self.ports[port]), "listen on its port")

    def wait_for_rpc(self, name, queue):
        """Until a process takes its RPC calls from ``queue``."""
        with kombu.Connection(self.rpc_url) as connection:
            self._wait(name, lambda: _is_served(connection, queue), "take RPC calls")

    def stop(self):
        """End all processes, last one first."""
        for process in reversed(list(self._processes.values())):
            os.killpg(process.pid, signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                pass
            finally:
                # Workers that it left behind, too.
                _kill_group(process.pid)
                process.wait()
        self._processes.clear()

    def _wait(self, name, is_ready, what):
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while not is_ready():
            ended = self._processes[name].poll()
            if ended is not None or time.monotonic() > give_up_at:
                raise AssertionError(
                    "%s did not %s (exit code %s):\n%s"
                    % (name, what, ended, "\n".join(self.log(name)[-60:]))
                )
            time.sleep(0.1)

    def _output_path(self, name):
        return os.path.join(self.folder, name + ".output")

    def _lines(self, name):
        with open(self._output_path(name), encoding="utf-8", errors="replace") as output:
            return output.read().splitlines()

    def _environment(self, **more):
        return dict(
            os.environ,
            OS_NOVA_DISABLE_EVENTLET_PATCHING="1" if self.threads == "native" else "0",
            OS_NOVA_CONFIG_DIR=self.folder,
            **more
        )


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()


def _is_open(port):
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _is_served(connection, queue):
    try:
        with connection.channel() as channel:
            return channel.queue_declare(queue, passive=True).consumer_count > 0
    except ChannelError:
        return False  # not declared yet


def _kill_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
