"""An operation of a process that is killed before a certain call to the file system.

``python -m lab.interrupted AMQP_URL`` reads lines from stdin, ``OUTBOX WHAT CALL``, and forks
for each. WHAT ``operate``: one start and one end are put into the outbox, and nothing is
sent; ``adopt``: what lies there is looked at. The child gets SIGKILL before its call number
CALL, and after the last one in any case; stdout says which, ``killed`` or ``done``.
``Interrupted`` is the same as an object.
"""

import os
import signal
import subprocess
import sys
import threading

from vifcast_nova.outbox import process, will

from lab import gate, plain

HERE = os.path.dirname(os.path.abspath(__file__))
CALLS = ("open", "write", "link", "rename", "unlink", "rmdir")


class Interrupted(object):
    """``operate(directory, call)`` and ``adopt(directory, call)``: whether it got to its end."""

    def __init__(self, url):
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "lab.interrupted", url],
            cwd=os.path.dirname(HERE),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def operate(self, directory, call):
        return self._run(directory, "operate", call)

    def adopt(self, directory, call):
        return self._run(directory, "adopt", call)

    def end(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def _run(self, *words):
        line = " ".join(str(word) for word in words) + "\n"
        self._process.stdin.write(line.encode("ascii"))
        answer = self._process.stdout.readline()
        assert answer, "it has ended; its error is above"
        return answer == b"done\n"


write = os.write  # not counted


def kill_before(call):
    """SIGKILL before that call of this thread, counted from 1."""
    here, made = threading.current_thread(), []

    def counted(original):
        def count_and_call(*args, **kwargs):
            if threading.current_thread() is here:
                made.append(original.__name__)
                if len(made) == call:
                    die()
            return original(*args, **kwargs)

        return count_and_call

    for name in CALLS:
        setattr(os, name, counted(getattr(os, name)))


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def operate(service, call):
    notifier = service.notifier()
    notifier.info({}, "thing.done", {})  # makes the spool
    kill_before(call)
    with will.About("an operation"):
        notifier.info({"user": "u"}, "thing.start", {"a": 1, "interface": {"version": "1.0"}})
        notifier.info({"user": "u"}, "thing.end", {"a": 1, "interface": {"version": "1.0"}})


def adopt(service, call):
    outbox = process.of(service.conf, service.transport, os.getpid())
    kill_before(call)
    outbox.adoption.look_around()


def run(url, directory, what, call):
    gate.Gate()
    service = plain.Service(url, directory)
    {"operate": operate, "adopt": adopt}[what](service, int(call))


def main(url):
    plain.Service(url, "/nowhere").notifier()  # imports what each child would have to
    for line in iter(sys.stdin.readline, ""):
        directory, what, call = line.split()
        reading, done = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                run(url, directory, what, call)
                write(done, b"done")
            finally:
                die()
        os.close(done)
        with os.fdopen(reading, "rb") as pipe:
            has_ended = pipe.read() == b"done"
        assert os.waitpid(pid, 0)[1] == signal.SIGKILL
        sys.stdout.write("done\n" if has_ended else "killed\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
