"""``DeadLetters``: what people do with dead letters, over HTTP and on the page."""

import logging
from collections.abc import Sequence

from vifcast.errors import NotFoundError
from vifcast.ingest.dead_letter_retry import retry
from vifcast.model import DeadLetter
from vifcast.retried import Retried
from vifcast.store import DeadLetterQuery, Store, purge_dead_letters

LOG = logging.getLogger(__name__)


class DeadLetters:
    """Those of one database; ``name`` is who does it, for the log. From any thread.

    ``max_body_bytes``: a body that is longer is not read. Methods raise StoreError.
    """

    def __init__(self, store: Store, max_body_bytes: int) -> None:
        self._store = store
        self._max_body_bytes = max_body_bytes

    def get(self, letter_id: int) -> DeadLetter:
        """One. Raises NotFoundError."""
        letter = self._store.dead_letter(letter_id)
        if letter is None:
            raise NotFoundError(f"there is no dead letter {letter_id}")
        return letter

    def retry(self, letters: Sequence[DeadLetter], name: str) -> list[Retried]:
        """Read these again; what this release understands is stored and removed."""
        found = retry(self._store, letters, self._max_body_bytes)
        LOG.info("%d dead letters read again for %s", len(found), name)
        return found

    def remove(self, letter_id: int, name: str) -> None:
        """Remove one. Raises NotFoundError."""
        self.get(letter_id)
        self._store.remove_dead_letters([letter_id])
        LOG.info("dead letter %d removed by %s", letter_id, name)

    def purge(self, query: DeadLetterQuery, limit: int, name: str) -> int:
        """Remove at most so many of those that meet the conditions, the oldest; how many."""
        # One batch: whoever waits for the answer is not kept waiting for thousands.
        removed = purge_dead_letters(self._store, query, batch=limit, pause=lambda _: True)
        LOG.info("%d dead letters removed by %s", removed, name)
        return removed
