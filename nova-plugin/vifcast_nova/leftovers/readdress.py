"""Has what nobody sends sent to another bus, or forgotten: for an operator's command.

Nothing is sent here: a spool gets the name of the other bus, and a nova-compute that uses
that bus adopts it, within seconds if it runs. As the user that owns the files only.
"""

import os

from vifcast_nova.leftovers import contents
from vifcast_nova.outbox import letter, spool


def send(top, bus, to_bus, to_place):
    """Readdress the spools for ``bus`` whose processes are gone; returns how many letters.

    :param bus: str, fingerprint
    :param to_bus: str, fingerprint; ``to_place``: str, the same for people
    """
    count = 0
    for gone, letters in _gone(top, bus):
        gone.place = to_place
        gone.note_bytes()
        name = os.path.basename(gone.path)
        os.rename(gone.path, os.path.join(top, to_bus + name[len(bus) :]))
        gone.let_go()
        count += len(letters)
    return count


def forget(top, bus):
    """Delete them; returns how many letters."""
    count = 0
    for gone, letters in _gone(top, bus):
        for at_ns, size in letters:
            gone.remove(at_ns, size)
        gone.retire()
        count += len(letters)
    return count


def send_aside(top, to_bus, to_place):
    """Put the notifications that were set aside into a spool again; returns how many.

    What is no notification stays where it is.
    """
    again = spool.Spool.create(top, to_bus, to_place)
    last_ns = 0
    for name in contents.aside(top):
        path = os.path.join(top, spool.ASIDE, name)
        try:
            with open(path, "rb") as letter_file:
                data = letter_file.read()
            letter.from_bytes(data)
        except (EnvironmentError, letter.NotALetter):
            continue
        last_ns = max(last_ns + 1, int(name[-25:-5]))
        again.store(last_ns, data)
        os.unlink(path)
    count = again.count
    again.note_bytes()
    if count:
        again.let_go()
    else:
        again.retire()
    return count


def forget_aside(top):
    """Delete all that was set aside; returns how many files."""
    names = contents.aside(top)
    for name in names:
        os.unlink(os.path.join(top, spool.ASIDE, name))
    return len(names)


def _gone(top, bus):
    for content in contents.spools(top):
        if content.bus != bus or content.is_held:
            continue
        gone = spool.Spool.adopt(top, content.name)
        if gone is not None:
            yield gone, gone.letters()
