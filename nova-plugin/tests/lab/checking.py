"""``vifcast-nova check`` as an operator runs it, and the hosts on which it is run."""

import json
import os
import shutil
import subprocess
import sys

import vifcast_nova
from lab import handpatch

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

_CONF = """\
[DEFAULT]
transport_url = rabbit://rpc:rpcpassword@192.0.2.1/
state_path = {state_path}
[oslo_messaging_notifications]
transport_url = {url}
{drivers}
{more}
[vifcast]
{options}
"""


class Checked(object):
    """What one run said."""

    def __init__(self, code, output, errors):
        self.code, self.output, self.errors = code, output, errors

    def line(self, name):
        """``LEVEL text -> advice`` of the one line of that name."""
        (found,) = [line for line in self.lines if line["name"] == name]
        return "%s %s -> %s" % (found["level"], found["text"], found["advice"])

    @property
    def lines(self):
        """Of ``--json``."""
        return json.loads(self.output)["lines"]

    def not_ok(self):
        """The names of lines that are not OK.

        Those about running processes and about the lane are left out: of most tests' hosts
        and brokers they are not.
        """
        return [
            line["name"]
            for line in self.lines
            if line["level"] != "OK" and line["name"] not in ("nova-compute", "lane")
        ]


def write_conf(directory, url, drivers=("vifcast_outbox", "vifcast"), options="", more=""):
    """A nova.conf in ``directory``; its state_path is there too. Returns its path.

    :param options: str, of ``[vifcast]``
    :param more: str, of ``[oslo_messaging_notifications]``, and other sections
    """
    path = os.path.join(str(directory), "nova.conf")
    with open(path, "w") as conf_file:
        conf_file.write(
            _CONF.format(
                state_path=directory,
                url=url,
                drivers="\n".join("driver = " + driver for driver in drivers),
                options=options,
                more=more,
            )
        )
    return path


class Checker(object):
    """Runs it, each time in a process that has read no nova.conf yet.

    :param first_on_path: str, a folder that goes before all on PYTHONPATH
    """

    def __init__(self, first_on_path=None):
        path = [first_on_path, TESTS, os.environ.get("PYTHONPATH")]
        self._warm = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "lab.warm"],
            # Not in the folder that holds our sources, which comes first on the path.
            cwd="/",
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in path if p)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __call__(self, *arguments, **more):
        """``vifcast-nova check ARGUMENTS --json``; returns Checked.

        :param text: bool, without ``--json``
        :param environment: dict, other variables
        """
        words = ["check"] + ([] if more.get("text") else ["--json"]) + list(arguments)
        return self.run(words, **more.get("environment", {}))

    def run(self, words, **environment):
        """``vifcast-nova WORDS``; returns Checked."""
        asked = {"arguments": words, "environment": environment}
        self._warm.stdin.write(json.dumps(asked).encode("utf-8") + b"\n")
        self._warm.stdin.flush()
        answer = json.loads(self._warm.stdout.readline().decode("utf-8"))
        return Checked(answer["code"], answer["output"], answer["errors"])

    def close(self):
        self._warm.stdin.close()
        self._warm.stdout.close()
        self._warm.wait()


def check_without_nova(directory):
    """In a Python that has our package and nothing else of Nova's environment.

    :param directory: py.path.local, empty
    """
    source = os.path.dirname(vifcast_nova.__file__)
    shutil.copytree(source, str(directory.join("vifcast_nova")))
    # The one that the environment was made from; -S: without what is installed there.
    python = os.path.join(sys.base_prefix, "bin", "python%d.%d" % sys.version_info[:2])
    child = subprocess.Popen(
        [python, "-S", "-m", "vifcast_nova", "check", "--json"],
        cwd="/",
        env=dict(os.environ, PYTHONPATH=str(directory)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = child.communicate()
    return Checked(child.returncode, output.decode("utf-8"), errors.decode("utf-8"))


def unknown_nova(directory):
    """A copy of Nova without one of our hook points; put it first on PYTHONPATH."""
    handpatch.copy_nova(directory)
    path = os.path.join(directory, "nova", "compute", "manager.py")
    with open(path, "rb") as manager:
        source = manager.read()
    name = b"_process_instance_vif_deleted_event"
    assert source.count(name) > 1
    with open(path, "wb") as manager:
        manager.write(source.replace(name, b"_process_port_deletion"))
    return directory
