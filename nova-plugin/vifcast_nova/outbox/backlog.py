"""What waits to be sent, by name: the letters themselves stay on the disk."""

import collections

# at_ns: int; size: int, bytes; spool: the Spool it is in, or None; data: bytes,
# where it is in no file; since_s: float, when this process first had it, by the clock of
# oslo_utils.timeutils.now, which is monotonic
Entry = collections.namedtuple("Entry", "at_ns size spool data since_s")

# Without a usable directory that many are kept in memory.
IN_MEMORY = 1000


class Backlog(object):
    """Two queues, of files and, without a usable directory, of letters in memory.

    Not locked: LockedBacklog does that.
    """

    def __init__(self):
        self._files = collections.deque()
        self._memory = collections.deque()
        self.in_hand = None  # the Entry that is being sent
        self.bytes = 0  # of the files, the one in hand included

    def __len__(self):
        return len(self._files) + len(self._memory) + (self.in_hand is not None)

    def append(self, entry):
        """Add the newest; returns how many others had to go."""
        if entry.spool is not None:
            self._files.append(entry)
            self.bytes += entry.size
            return 0
        self._memory.append(entry)
        if len(self._memory) <= IN_MEMORY:
            return 0
        self._memory.popleft()
        return 1

    def adopt(self, entries):
        """Add what a process that is gone has left, in order, before all else."""
        self._files.extendleft(reversed(entries))
        self.bytes += sum(entry.size for entry in entries)

    def take(self):
        """The next to send, now in hand; None when nothing waits."""
        if self.in_hand is None:
            queue = self._files or self._memory
            if self._memory and self._files and self._memory[0].at_ns < self._files[0].at_ns:
                queue = self._memory
            if queue:
                self.in_hand = queue.popleft()
        return self.in_hand

    def behind(self, depth):
        """The one that so many others, and the one in hand, are before; None without any.

        From the first again where there are fewer.
        """
        queue = self._files or self._memory
        return queue[depth % len(queue)] if queue else None

    def has(self, entry):
        """Whether it waits still; what is not in hand may have been dropped."""
        return entry is self.in_hand or entry in self._queue_of(entry)

    def finish(self, entry):
        """It is done with, however it ended: the one in hand, or one from ``behind``."""
        if entry is self.in_hand:
            self.in_hand = None
        else:
            self._queue_of(entry).remove(entry)
        if entry.spool is not None:
            self.bytes -= entry.size

    def _queue_of(self, entry):
        return self._memory if entry.spool is None else self._files

    def oldest(self):
        """The oldest Entry, or None."""
        heads = [queue[0] for queue in (self._files, self._memory) if queue]
        if self.in_hand is not None:
            heads.append(self.in_hand)
        return min(heads, key=lambda entry: entry.at_ns) if heads else None

    def oldest_file(self):
        """The next file that could be dropped, or None."""
        return self._files[0] if self._files else None

    def give_up_oldest_file(self):
        """Take it out; returns the Entry."""
        entry = self._files.popleft()
        self.bytes -= entry.size
        return entry
