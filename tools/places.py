"""Where the set-up scripts read and write, all inside the repository."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
LOCKS = REPOSITORY / "locks"
ENVIRONMENTS = REPOSITORY / ".venv"
CACHE = REPOSITORY / ".cache"
LOGS = CACHE / "log"
