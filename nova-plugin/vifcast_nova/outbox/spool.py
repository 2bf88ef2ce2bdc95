"""Directories of letters, each one process's own for as long as it holds its lock.

``<top>/<bus>-<start ns>-<pid>-<random>/<20 digits, ns>.json``, and ``.open`` in the place
of ``.json`` for the start of an operation that has not ended (``will``). The lock is a POSIX
record lock: the kernel takes it away with the process, kill -9 or not, and a forked
child does not have it. It is also lost when the process closes *any* descriptor of
the lock file; so what this process holds is never opened a second time.
"""

import errno
import fcntl
import logging
import os
import re
import time
import uuid

from vifcast_nova.outbox import files, letter, will as wills
from vifcast_nova.outbox.files import PART

LOG = logging.getLogger(__name__)

LOCK = "lock"
ASIDE = "aside"
NEW = ".new-"
_LETTER = re.compile(r"^(\d{20})\.json$")
_WILL = re.compile(r"^(\d{20})\.open$")
_LISTED_AT_ONCE = 500

# path: Spool, of this process. Copied by a fork, so a Spool knows its pid.
_held = {}


def held_here(path):
    """The Spool of this process at ``path``, or None."""
    holder = _held.get(path)
    return holder if holder is not None and holder.pid == os.getpid() else None


def now_ns():
    """Nanoseconds since 1970; Python 2.7 has no time_ns."""
    return int(time.time() * 1000000000)


class Spool(object):
    """One directory whose lock we hold; make one with ``create`` or ``adopt``."""

    def __init__(self, top, name, place=None):
        self.top = top
        self.path = os.path.join(top, name)
        self.place = place
        self.pid = os.getpid()
        self.count = 0  # letters in it
        self.bytes = 0
        self._lock_fd = None
        self._noted = None
        self.spares = files.Spares(self.path)

    @classmethod
    def create(cls, top, bus, place):
        """A new directory below ``top``, made if need be; raises EnvironmentError.

        :param bus: str, the fingerprint of where its letters go
        :param place: str, the same for people
        """
        _make_directories(top)
        name = "%s-%d-%d-%s" % (bus, now_ns(), os.getpid(), uuid.uuid4().hex[:8])
        spool = cls(top, name, place)
        # Locked before anyone can see it.
        new = os.path.join(top, NEW + name)
        os.mkdir(new, 0o700)
        try:
            _held[spool.path] = spool
            spool._take_lock(os.path.join(new, LOCK), os.O_CREAT)
            spool.note_bytes()
            os.rename(new, spool.path)
        except EnvironmentError:
            spool.let_go()
            files.remove_quietly(os.path.join(new, LOCK))
            files.remove_directory_quietly(new)
            raise
        return spool

    @classmethod
    def adopt(cls, top, name):
        """The directory of a process that is gone, or None while someone holds it."""
        spool = cls(top, name)
        holder = _held.setdefault(spool.path, spool)
        if holder is not spool:
            if holder.pid == spool.pid:
                return None
            _held[spool.path] = spool  # our parent's, before the fork
        try:
            spool._take_lock(os.path.join(spool.path, LOCK), 0)
            held, seen = os.fstat(spool._lock_fd), os.stat(os.path.join(spool.path, LOCK))
            if held.st_ino == seen.st_ino:
                return spool
        except EnvironmentError:
            pass  # held by another process, or gone meanwhile
        spool.let_go()
        return None

    def letters(self):
        """``[(ns, bytes)]`` in order; what is no letter is moved aside.

        Of a process that is gone: its wills become letters.
        """
        names = sorted(os.listdir(self.path))
        for at_ns in unbegun(names):
            # Before the file that marks it as not begun.
            os.unlink(self._will_path(at_ns))
            names.remove(os.path.basename(self._will_path(at_ns)))
        found, open_ns = [], []
        for number, name in enumerate(names):
            if number % _LISTED_AT_ONCE == _LISTED_AT_ONCE - 1:
                time.sleep(0)  # other green threads have their turn
            if name == LOCK:
                continue
            path = os.path.join(self.path, name)
            if name.endswith(PART):
                # Whoever wrote it was killed before it was handed in.
                files.remove_quietly(path)
            elif _LETTER.match(name):
                found.append((int(name[:20]), os.stat(path).st_size))
            elif _WILL.match(name):
                open_ns.append(int(name[:20]))
            else:
                self._move_aside(name, "it is none of vifcast's files")
        found += self._execute(open_ns, max([at_ns for at_ns, _ in found] + open_ns + [0]))
        self.count, self.bytes = len(found), sum(size for _, size in found)
        return found

    def store(self, at_ns, data, is_open=False):
        """Write a letter; raises EnvironmentError, and then nothing of it is left.

        :param is_open: bool, it begins an operation: see ``will``
        """
        path, will_path = self._path(at_ns), self._will_path(at_ns)
        try:
            self.spares.write(path + PART, data)
            if is_open:
                # First: a start must not be without it. Until the start is there, its part
                # says that the operation has not begun.
                files.link(path + PART, will_path, data)
            os.rename(path + PART, path)
        except EnvironmentError:
            for left in (will_path, will_path + PART, path + PART):
                files.remove_quietly(left)
            raise
        self.count += 1
        self.bytes += len(data) * (2 if is_open else 1)

    def store_over(self, at_ns, data, will):
        """Write a letter in the place of a will, so that at any moment one of them is there.

        :param will: Will, of this spool
        """
        path, will_path = self._path(at_ns), self._will_path(will.at_ns)
        try:
            self.spares.write(path + PART, data)
            os.rename(path + PART, will_path)
        except EnvironmentError:
            files.remove_quietly(path + PART)
            raise
        os.rename(will_path, path)
        self.count += 1
        self.bytes += len(data) - will.size

    def remove_will(self, will):
        """The operation has ended, and that is kept elsewhere."""
        self.bytes -= will.size
        files.remove_quietly(self._will_path(will.at_ns))

    def read(self, at_ns):
        """The letter's bytes; raises EnvironmentError."""
        return files.read(self._path(at_ns))

    def remove(self, at_ns, size):
        """Forget a letter; raises EnvironmentError if its file stays."""
        self.count -= 1
        self.bytes -= size
        try:
            os.unlink(self._path(at_ns))
        except EnvironmentError as exc:
            if exc.errno != errno.ENOENT:
                raise

    def set_aside(self, at_ns, size, why, is_news=True):
        """Move a letter that cannot be sent to ``<top>/aside``.

        :param is_news: whether the log is to say why
        """
        self.count -= 1
        self.bytes -= size
        self._move_aside(os.path.basename(self._path(at_ns)), why, is_news)

    def note_bytes(self):
        """Let other processes know, in the lock file, how much is in here, and where for."""
        if self.bytes == self._noted or self._lock_fd is None:
            return
        try:
            os.lseek(self._lock_fd, 0, os.SEEK_SET)
            noted = "%020d\n" % self.bytes
            if self.place is not None:  # an adopted one's is there already
                noted += "%s\n" % self.place
            os.write(self._lock_fd, noted.encode("utf-8"))
            self._noted = self.bytes
        except EnvironmentError:
            pass  # a full disk: the others can do with an older number

    def retire(self):
        """Remove the directory if it is empty, as it should be."""
        self.spares.remove()
        try:
            if os.listdir(self.path) == [LOCK]:
                files.remove_quietly(os.path.join(self.path, LOCK))
                files.remove_directory_quietly(self.path)
        except EnvironmentError:
            pass  # somebody was faster
        self.let_go()

    def let_go(self):
        """Give the lock back, whatever is left in the directory."""
        lock_fd, self._lock_fd = self._lock_fd, None
        if lock_fd is not None:
            os.close(lock_fd)
        if _held.get(self.path) is self:
            del _held[self.path]

    def _execute(self, open_ns, last_ns):
        """Make letters of the wills, after all others; returns them as ``letters`` does."""
        made = []
        for will_ns in open_ns:
            will_path = self._will_path(will_ns)
            last_ns = max(last_ns + 1, now_ns())
            try:
                data = files.read(will_path)
                made_of_it = wills.as_letter(data)
                if made_of_it is not data:
                    files.write(self._path(last_ns) + PART, made_of_it)
                    os.rename(self._path(last_ns) + PART, will_path)
                os.rename(will_path, self._path(last_ns))
            except letter.NotALetter as exc:
                self._move_aside(os.path.basename(will_path), exc)
                continue
            except EnvironmentError as exc:
                # A full disk: the other letters need not wait for that.
                LOG.debug("vifcast-nova: %s is left for later: %s", will_path, exc)
                files.remove_quietly(self._path(last_ns) + PART)
                continue
            made.append((last_ns, len(made_of_it)))
        return made

    def _take_lock(self, path, flags):
        self._lock_fd = os.open(path, os.O_RDWR | flags, 0o600)
        fcntl.lockf(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _path(self, at_ns):
        return os.path.join(self.path, "%020d.json" % at_ns)

    def _will_path(self, at_ns):
        return os.path.join(self.path, "%020d.open" % at_ns)

    def _move_aside(self, name, why, is_news=True):
        aside = os.path.join(self.top, ASIDE)
        _make_directories(aside)
        target = os.path.join(aside, "%s-%s" % (os.path.basename(self.path), name))
        os.rename(os.path.join(self.path, name), target)
        LOG.log(
            logging.WARNING if is_news else logging.DEBUG,
            "vifcast-nova: %s in the outbox is not sent: %s. It is now %s; look at it "
            "and delete it.",
            name,
            why,
            target,
        )


def _make_directories(path):
    try:
        os.makedirs(path, 0o700)
    except EnvironmentError:
        if not os.path.isdir(path):
            raise


def unbegun(names):
    """Which wills are of operations that have not begun: the start was not handed in.

    :param names: list of str, the files of a spool
    :returns: list of int, ns
    """
    parts = {name for name in names if name.endswith(PART)}
    wills_there = [name[:20] for name in names if _WILL.match(name)]
    return [int(digits) for digits in wills_there if digits + ".json" + PART in parts]
