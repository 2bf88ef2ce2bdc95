"""One line of the report."""

import collections

OK, WARN, FAIL = "OK", "WARN", "FAIL"

# name: str, what was looked at; level: OK, WARN or FAIL; text: str, what was found;
# advice: str, what to do, or None
Line = collections.namedtuple("Line", "name level text advice")


def ok(name, text):
    """A line for what works."""
    return Line(name, OK, text, None)


def warn(name, text, advice):
    """A line for a problem in spite of which NIC notifications are sent."""
    return Line(name, WARN, text, advice)


def fail(name, text, advice):
    """A line for a problem by which NIC notifications are not sent, or can get lost."""
    return Line(name, FAIL, text, advice)
