"""The patch as a unified diff that ``patch -p1`` takes."""

import difflib

_NO_END = "\\ No newline at end of file\n"


def unified(name, old, new):
    """The difference between two contents, as bytes; empty where they are equal.

    :param name: str, ``nova/rpc.py``: the file's path in the folder to patch in
    """
    lines = difflib.unified_diff(_lines(old), _lines(new), "a/" + name, "b/" + name)
    return "".join(
        line if line.endswith("\n") else line + "\n" + _NO_END for line in lines
    ).encode("latin-1")


def _lines(content):
    # latin-1 has a character for every byte, so that nothing is lost. Split at \n
    # alone, as patch does it: a \r belongs to its line.
    pieces = content.decode("latin-1").split("\n")
    return [piece + "\n" for piece in pieces[:-1]] + [piece for piece in pieces[-1:] if piece]
