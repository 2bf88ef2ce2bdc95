"""A Nova in a process of its own that attaches on request.

``python -m lab.attacher TRANSPORT_URL DIRECTORY OUTBOX FORMAT DRIVER ...`` (OUTBOX empty:
below DIRECTORY): the number of attaches on stdin, a line each; on stdout a JSON list with the
seconds that each took. ``Attacher``
is the same as an object.
"""

import json
import select
import sys
import time

SERVERS = 4
DRIVERS = ("vifcast_outbox", "vifcast")


class Attacher(object):
    """Starts it; ``attach(n)`` returns the seconds of each."""

    def __init__(
        self,
        url,
        directory,
        drivers=DRIVERS,
        notification_format="unversioned",
        outbox="",
    ):
        from lab import forks

        arguments = [url, directory, outbox, notification_format] + list(drivers)
        self._process = forks.start("lab.attacher", *arguments)
        self._read()

    def attach(self, count):
        self.begin(count)
        return self.wait()

    def begin(self, count):
        """The same, before ``wait``."""
        self._process.stdin.write(("%d\n" % count).encode("ascii"))

    def wait(self):
        return self._read()

    def kill(self):
        """At once, whatever it is doing; ``end`` is still to be called."""
        self._process.kill()

    def end(self):
        self._process.kill()
        self._process.end()

    def _read(self):
        line = self._process.stdout.readline()
        assert line, "this Nova has ended; its error is above"
        return json.loads(line.decode("ascii"))


def _ask():
    # Under eventlet reading stdin would stop all green threads, the outbox's too.
    select.select([sys.stdin], [], [])
    return sys.stdin.readline()


def main(url, directory, outbox, notification_format, drivers):
    from lab import threads

    threads.choose()
    from lab import compute

    booted = compute.boot(directory, url, notification_format, drivers)
    booted.keep_connections()
    if outbox:
        booted.conf.set_override("outbox_dir", outbox, group="vifcast")
    servers = [booted.server("vm-%d" % number) for number in range(SERVERS)]
    print("[]")
    sys.stdout.flush()
    for line in iter(_ask, ""):
        took_s = []
        for number in range(int(line)):
            started = time.time()
            servers[number % SERVERS].attach()
            took_s.append(time.time() - started)
        print(json.dumps(took_s))
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:])
