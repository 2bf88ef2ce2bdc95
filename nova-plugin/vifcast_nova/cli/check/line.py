"""One line of the answer."""

import collections

OK, WARN, FAIL = "OK", "WARN", "FAIL"

# name: str, what was looked at; level: OK, WARN or FAIL; text: str, what was found;
# advice: str, what to do, or None
Line = collections.namedtuple("Line", "name level text advice")


def ok(name, text):
    """As it should be."""
    return Line(name, OK, text, None)


def warn(name, text, advice):
    """NIC notifications are sent all the same, but somebody should look at it."""
    return Line(name, WARN, text, advice)


def fail(name, text, advice):
    """NIC notifications are not sent, or may be lost."""
    return Line(name, FAIL, text, advice)
