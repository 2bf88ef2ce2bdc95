"""Readdresses orphaned notifications to another bus, or deletes them.

Nothing is sent here: a spool gets the name of the other bus, and a nova-compute that uses
that bus adopts it, within seconds if it runs. As the user that owns the files only.
"""

import os
import re
import shutil

from vifcast_nova.cli import outbox_contents
from vifcast_nova.outbox import letter, spool

# As Spool.set_aside calls it: the spool's name and the letter's.
_SET_ASIDE = re.compile(r"-(\d{20})\.json$")


def send(top, bus, to_bus, to_place):
    """Readdress the spools for ``bus`` whose processes are gone.

    :param bus: str, fingerprint
    :param to_bus: str, fingerprint; ``to_place``: str, the same for people
    :returns: how many letters; a list of str, what was left, with its path; whether any of
        that because it could not be done
    """

    def readdress(gone, letters):
        gone.place = to_place
        gone.note_bytes()
        name = os.path.basename(gone.path)
        os.rename(gone.path, os.path.join(top, to_bus + name[len(bus) :]))
        return len(letters)

    return _each(_gone(top, bus, readdress))


def forget(top, bus):
    """Delete them; returns the same."""

    def delete(gone, letters):
        for at_ns, size in letters:
            gone.remove(at_ns, size)
        gone.retire()
        return len(letters)

    return _each(_gone(top, bus, delete))


def send_aside(top, to_bus, to_place):
    """Put the notifications that were set aside into a spool again; returns the same.

    What is no notification stays where it is.
    """
    again = spool.Spool.create(top, to_bus, to_place)
    last_ns = [0]

    def put(path):
        name = _SET_ASIDE.search(path)
        if name is None:
            raise letter.NotALetter("its name is not that of a notification")
        with open(path, "rb") as letter_file:
            data = letter_file.read()
        letter.from_bytes(data)
        last_ns[0] = max(last_ns[0] + 1, int(name.group(1)))
        again.store(last_ns[0], data)
        os.unlink(path)
        return 1

    try:
        return _each(_aside(top, put))
    finally:
        again.note_bytes()
        if again.count:
            again.let_go()
        else:
            again.retire()


def forget_aside(top):
    """Delete all that was set aside; returns how many files and folders, and what stays."""

    def delete(path):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
        return 1

    return _each(_aside(top, delete))


def _each(tasks):
    """What all of them have done, whatever becomes of one.

    :param tasks: of ``(path, call)``; ``call`` returns how many it was done to
    """
    count, left, has_failed = 0, [], False
    for path, call in tasks:
        try:
            count += call()
        except letter.NotALetter as exc:
            left.append("%s: %s" % (path, exc))
        except EnvironmentError as exc:
            left.append(why(exc, path))
            has_failed = True
    return count, left, has_failed


def why(exc, path):
    """An EnvironmentError for people, with the path that it is about if it knows that."""
    return "%s: %s" % (exc.filename or path, exc.strerror or exc)


def _aside(top, call):
    for name in outbox_contents.aside(top):
        path = os.path.join(top, spool.ASIDE, name)
        yield path, lambda path=path: call(path)


def _gone(top, bus, call):
    for content in outbox_contents.spools(top):
        if content.bus == bus and not content.is_held:
            yield os.path.join(top, content.name), lambda c=content: _alone(top, c.name, call)


def _alone(top, name, call):
    """Do it holding the lock; nothing where a process has come to hold that."""
    gone = spool.Spool.adopt(top, name)
    if gone is None:
        return 0
    try:
        return call(gone, gone.letters())
    finally:
        gone.let_go()
