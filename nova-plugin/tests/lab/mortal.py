"""A service that is killed again and again while it notifies.

``python -m lab.mortal AMQP_URL OUTBOX RECORD LIFE COUNT`` forks COUNT children, numbered from
LIFE on, one after the other; each notifies as fast as it can, appends ``life number`` to
the file RECORD whenever the Notifier has returned, and gets SIGKILL within two seconds. With
COUNT 0 nothing is recorded or killed: what is left in OUTBOX is sent.
"""

import os
import random
import signal
import sys
import time

from vifcast_nova.outbox import process

from lab import plain

LONGEST_LIFE_S = 2
SENT_WITHIN_S = 100


def live(url, directory, record, life):
    """Until killed."""
    notifier = plain.Service(url, directory).durable().notifier()
    record_fd = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    number = 0
    while True:
        notifier.info({}, "thing.done", {"life": life, "number": number})
        os.write(record_fd, ("%d %d\n" % (life, number)).encode("ascii"))
        number += 1
        time.sleep(random.uniform(0, 0.01))


def kill_one(url, directory, record, life):
    """Let one live for a while."""
    pid = os.fork()
    if pid == 0:
        try:
            live(url, directory, record, life)
        finally:
            os._exit(1)
    time.sleep(random.uniform(0, LONGEST_LIFE_S))
    os.kill(pid, signal.SIGKILL)
    ended = os.waitpid(pid, 0)[1]
    assert ended == signal.SIGKILL, "it ended by itself: %d" % ended


def send_what_is_left(url, directory):
    """As the next process does when it starts."""
    service = plain.Service(url, directory).durable()
    outbox = process.of(service.conf, service.transport, os.getpid())
    outbox.start()
    until = time.time() + SENT_WITHIN_S
    waiting = _waiting(directory)
    while waiting and time.time() < until:
        time.sleep(0.1)
        waiting = _waiting(directory)
    assert not waiting, "%d were not sent" % waiting


def _waiting(directory):
    return sum(
        name.endswith(".json") for _, _, names in os.walk(directory) for name in names
    )


def main(url, directory, record, life, count):
    plain.Service(url, directory).notifier()  # imports what each child would have to
    for number in range(int(count)):
        kill_one(url, directory, record, int(life) + number)
    if not int(count):
        send_what_is_left(url, directory)


if __name__ == "__main__":
    main(*sys.argv[1:])
