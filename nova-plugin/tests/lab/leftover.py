"""A process that has notified, could not send, and is gone or is still there.

``python -m lab.leftover AMQP_URL OUTBOX COUNT`` puts COUNT notifications into the outbox
and waits to be killed. ``Leftover`` is the same as an object.
"""

import sys
import time


class Leftover(object):
    """The process; the notifications are in their files when this returns."""

    def __init__(self, url, directory, count):
        from lab import forks

        self._process = forks.start("lab.leftover", url, directory, str(count))
        self.folder = self._process.stdout.readline().decode("ascii").strip()
        assert self.folder, "it has ended; its error is above"

    def kill(self):
        """SIGKILL; returns the folder that it leaves."""
        self._process.kill()
        self._process.end()
        return self.folder


def main(url, directory, count):
    from vifcast_nova.outbox import process

    from lab import gate, plain

    gate.Gate()
    notifier = plain.Service(url, directory).notifier()
    for number in range(int(count)):
        notifier.info({}, "thing.left", {"number": number})
    (outbox,) = process._own()
    print(outbox.backlog.own.spool.path)
    sys.stdout.flush()
    time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
