"""One of the eight places of the patch, and what is there."""

import collections

KINDS = tuple((verb, phase) for verb in ("attach", "detach") for phase in ("start", "end"))
SUFFIX = "interface_%s.%s"
EVENT_TYPE = "compute.instance." + SUFFIX

MISSING = "missing"
OURS = "ours"
BY_HAND = "by hand"

# what: the suffix or event type. state: one of the three above. line: where it is,
# or, where it is missing, the line that it goes before; both counted from 1. text:
# bytes, the whole line, as we write it. note: str, of what others wrote.
Place = collections.namedtuple("Place", "what state line text note")


def with_lines(source, places):
    """The content of ``source`` with the line of each missing place put in."""
    lines = list(source.lines)
    missing = [place for place in places if place.state == MISSING]
    missing.sort(key=lambda place: place.line)
    # From the end, so that the numbers of the lines before still hold.
    for place in reversed(missing):
        lines.insert(place.line - 1, place.text)
    return b"".join(lines)


def without_lines(source, places):
    """The content of ``source`` without the lines that are ours."""
    ours = {place.line for place in places if place.state == OURS}
    return b"".join(
        line for number, line in enumerate(source.lines, 1) if number not in ours
    )
