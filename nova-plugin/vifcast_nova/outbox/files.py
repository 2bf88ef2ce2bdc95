"""Files of letters: written, read and removed."""

import collections
import itertools
import os

PART = ".part"
SPARES = 64
_READ_AT_ONCE = 65536


class Spares(object):
    """Empty files, made while nothing waits, for the letters to come.

    To create a file takes ext4 20 to 100 times as long as to fill one; Nova's own thread is to
    do only the latter. What a process leaves of them is, like every
    ``.part``, removed by the next.

    :param directory: str
    """

    def __init__(self, directory):
        self._directory = directory
        self._numbers = itertools.count(1)
        self._paths = collections.deque()

    def make(self):
        """Make one more; False when there are enough, or it cannot be done now."""
        if len(self._paths) >= SPARES:
            return False
        path = os.path.join(self._directory, "spare-%d%s" % (next(self._numbers), PART))
        try:
            os.close(_create(path))
        except EnvironmentError:
            return False  # whoever writes a letter finds out, and logs it
        self._paths.append(path)
        return True

    def remove(self):
        """All of them."""
        while self._paths:
            remove_quietly(self._paths.popleft())

    def write(self, path, data):
        """Write a new file; raises EnvironmentError."""
        descriptor = self._take(path) if self._paths else None
        fill(_create(path) if descriptor is None else descriptor, data)

    def _take(self, path):
        try:
            os.rename(self._paths.popleft(), path)
            return os.open(path, os.O_WRONLY)
        except EnvironmentError:  # somebody has deleted it
            return None


def write(path, data):
    """Write a new file; raises EnvironmentError."""
    fill(_create(path), data)


def fill(descriptor, data):
    """Write all of it, and close; raises EnvironmentError."""
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        os.close(descriptor)


def link(path, other, data):
    """Give a file a second name, or make a second one of ``data``; raises EnvironmentError."""
    try:
        os.link(path, other)
    except EnvironmentError:  # not every file system can
        write(other + PART, data)
        os.rename(other + PART, other)


def read(path):
    """All of it, as bytes; raises EnvironmentError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        parts = [os.read(descriptor, _READ_AT_ONCE)]
        while parts[-1]:
            parts.append(os.read(descriptor, _READ_AT_ONCE))
    finally:
        os.close(descriptor)
    return b"".join(parts)


def remove_quietly(path):
    """If it can be."""
    try:
        os.unlink(path)
    except EnvironmentError:
        pass


def remove_directory_quietly(path):
    """If it can be."""
    try:
        os.rmdir(path)
    except EnvironmentError:
        pass


def _create(path):
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
