"""What happens to the parts, chosen by a seeded random."""

import time
from collections import Counter
from random import Random

from tests.chaos.parts import Parts

# The second receiver is killed and frozen; the first one always answers.
_FAULTS = (
    *("ingest", "ingest", "ingest", "deliver", "deliver", "deliver", "deliver"),
    *("receiver", "receiver", "freeze", "freeze", "database"),
)


class Faults:
    """``kills`` counts SIGKILLs, ``count`` all that happened, by kind."""

    def __init__(self, parts: Parts, random: Random) -> None:
        self.kills = 0
        self.count: Counter[str] = Counter()
        self._parts = parts
        self._random = random

    def one(self) -> None:
        """Do something bad; what was killed runs again when this returns."""
        kind = self._random.choice(_FAULTS)
        if kind == "database" and self._parts.server is None:
            kind = "deliver"
        self.count[kind] += 1
        if kind == "freeze":
            self._parts.receivers[1].freeze(self._random.uniform(0.2, 4))
        elif kind == "database":
            self._restart_database()
        else:
            self._kill(kind)

    def _kill(self, kind: str) -> None:
        parts = [self._parts.receivers[1]] if kind == "receiver" else self._parts.vifcasts
        found = [each for each in parts if each.name.startswith(kind)] or parts
        away_s = self._random.choice((0.0, 0.0, self._random.uniform(0, 3)))
        self.kills += self._random.choice(found).kill(away_s)

    def _restart_database(self) -> None:
        server = self._parts.server
        if server is None:
            return
        if self._random.random() < 0.5:
            server.kill()
            self.kills += 1
        else:
            server.stop()
        time.sleep(self._random.uniform(0, 2))
        server.start()
