"""What Nova's own notifications say of servers that move: through Nova's API."""

from conftest import THREADS
from lab import nova_tests


def test_who_says_that_a_server_has_moved():
    lot = nova_tests.start({"moves": ["test_moves.TestMoves"]}, THREADS)["moves"].result()
    assert lot.exit_code == 0, lot.output
    assert len(lot.which("ok")) == 3, lot.output
