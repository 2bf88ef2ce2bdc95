"""What a text may look like: a tree of literals, values, alternatives and lists.

No regular expression: parts are shared, which as one expression would be megabytes, and matching
takes no longer for many alternatives in a row.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Pattern:
    """What a text may look like; ``ends`` has every place up to which it matches from another."""

    kind: str
    text: str = ""
    parts: Sequence["Pattern"] = ()

    def matches(self, text: str) -> bool:
        """Whether it is the whole of a text."""
        return len(text) in self.ends(text, 0, {})

    def ends(self, text: str, at: int, known: dict[tuple["Pattern", int], set[int]]) -> set[int]:
        """Where a match that begins at ``at`` may end."""
        if (self, at) not in known:
            known[self, at] = self._ends(text, at, known)
        return known[self, at]

    def _ends(self, text: str, at: int, known: dict[tuple["Pattern", int], set[int]]) -> set[int]:
        if self.kind == "literal":
            return {at + len(self.text)} if text.startswith(self.text, at) else set()
        if self.kind == "value":
            value = re.compile(self.text)
            return {end for end in range(at + 1, len(text) + 1) if value.fullmatch(text, at, end)}
        if self.kind == "any":
            return {end for part in self.parts for end in part.ends(text, at, known)}
        if self.kind == "joined":
            one, between = self.parts
            found, new = set(), one.ends(text, at, known)
            while new:
                found |= new
                starts = {start for end in new for start in between.ends(text, end, known)}
                new = {end for start in starts for end in one.ends(text, start, known)} - found
            return found
        places = {at}
        for part in self.parts:
            places = {end for place in places for end in part.ends(text, place, known)}
        return places


def literal(text: str) -> Pattern:
    """Just this text."""
    return Pattern("literal", text)
