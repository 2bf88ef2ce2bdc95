"""kill -9 at any moment: all that the caller has recorded is sent, the broker there or not."""

import os
import random
import subprocess
import sys
import time

import pytest
from lab import mailbox

HERE = os.path.dirname(os.path.abspath(__file__))
VHOST = "killed"


@pytest.fixture
def broker(own_broker):
    own_broker.create_vhost(VHOST)
    return own_broker


class Mortal(object):
    """``lab.mortal`` on one outbox."""

    def __init__(self, url, folder):
        self._url, self._outbox = url, os.path.join(folder, "outbox")
        self._record = os.path.join(folder, "recorded")
        self._lives = 0

    def start(self, kills):
        arguments = [self._url, self._outbox, self._record, str(self._lives), str(kills)]
        command = [sys.executable, "-W", "ignore", "-m", "lab.mortal"]
        self._lives += kills
        return subprocess.Popen(command + arguments, cwd=HERE)

    def recorded(self):
        with open(self._record) as record:
            return [tuple(map(int, line.split())) for line in record]


def test_everything_recorded_before_fifty_kills_is_on_the_bus(broker, tmpdir):
    url = "%s/%s" % (broker.url, VHOST)
    mortal = Mortal(url, str(tmpdir))
    assert mortal.start(17).wait() == 0
    broker.kill()
    assert mortal.start(17).wait() == 0
    flapping = mortal.start(16)
    while flapping.poll() is None:
        broker.start()
        for _ in range(random.randrange(3)):
            time.sleep(random.uniform(0, 0.5))
            broker.suspend()
            time.sleep(random.uniform(0, 0.5))
            broker.resume()
        time.sleep(random.uniform(0, 1))
        broker.kill()
    assert flapping.returncode == 0
    broker.start()
    assert mortal.start(0).wait() == 0

    recorded = mortal.recorded()
    assert len({life for life, _ in recorded}) > 35  # most lived long enough to say something
    seen, heard = set(), []
    for notification in mailbox.take(url, len(recorded)):
        if notification["message_id"] not in seen:
            seen.add(notification["message_id"])
            payload = notification["payload"]
            heard.append((payload["life"], payload["number"]))
    assert len(heard) == len(set(heard))  # each has one message_id
    assert set(recorded) <= set(heard)
    for life in {life for life, _ in recorded}:
        numbers = [number for its_life, number in heard if its_life == life]
        assert numbers == sorted(numbers)
