"""Words of a command, for a shell."""

import re


def quote(word):
    """The word as it stands, or in quotes; Python's own is in two places, 2 and 3."""
    if re.match(r"^[A-Za-z0-9_./:@%+=,-]+$", word):
        return word
    return "'%s'" % word.replace("'", "'\"'\"'")
