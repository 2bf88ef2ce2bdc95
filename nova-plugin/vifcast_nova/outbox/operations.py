"""The operations that are under way in this process, and their wills."""

from vifcast_nova.outbox.will import Will


class Operations(object):
    """Not locked: LockedBacklog does that.

    :param own: OwnSpool, which keeps the letters
    """

    def __init__(self, own):
        self.bytes = 0  # of the wills
        self._own = own
        self._wills = {}  # operation id: Will
        self._outlived = {}  # Entry, of an end: Will, whose file it could not take over

    def __len__(self):
        return len(self._wills)

    def start(self, operation_id, data):
        """Keep the start and its will; without one where the directory cannot be used.

        :returns: Entry, of the start
        """
        entry = self._own.keep(data, lambda spool, at_ns: spool.store(at_ns, data, True))
        if entry.spool is not None:
            self._wills[operation_id] = Will(entry.spool, entry.at_ns, entry.size)
            self.bytes += entry.size
        return entry

    def end(self, operation_id, data):
        """Keep the end, or the error, in the place of the will; returns its Entry."""
        will = self._wills.pop(operation_id, None)
        if will is None:
            return self._own.keep(data)
        self.bytes -= will.size

        def store(spool, at_ns):
            if spool is will.spool:
                spool.store_over(at_ns, data, will)
            else:  # somebody has deleted the one with the will
                spool.store(at_ns, data)

        entry = self._own.keep(data, store)
        if entry.spool is not will.spool:
            self._outlived[entry] = will
        return entry

    def forget(self, operation_id):
        """Its end is kept elsewhere."""
        will = self._wills.pop(operation_id, None)
        if will is not None:
            self.bytes -= will.size
            will.spool.remove_will(will)

    def sent(self, entry):
        """An Entry is done with; if that was an end in memory, its will goes now."""
        will = self._outlived.pop(entry, None) if self._outlived else None
        if will is not None:
            will.spool.remove_will(will)
