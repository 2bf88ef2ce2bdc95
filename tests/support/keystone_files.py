"""What a Keystone reads at its start: configuration, Fernet keys, and a database with an admin.

``keystone-manage`` takes seconds of processor time to make the tables and the admin: that is done
once for each lock and kept below .cache/keystone; every Keystone starts with a copy.
"""

import base64
import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from places import CACHE, ENVIRONMENTS, LOCKS

from server_process import ServerError

PROGRAMS = ENVIRONMENTS / "keystone" / "bin"
ADMIN = "admin"
PASSWORD = "test-password"
REGION = "RegionOne"

_DATABASE = "keystone.sqlite"
# Keystone replaces it by its option public_endpoint: a copy may answer on any port.
_ENDPOINT = "$(public_endpoint)s/v3"
_CONFIGURATION = """
[DEFAULT]
public_endpoint = http://127.0.0.1:{port}

[database]
connection = sqlite:///{folder}/{database}
# What a crash of the process cannot lose need not be on the disk.
sqlite_synchronous = false

[token]
expiration = {token_lifetime_s}

[fernet_tokens]
key_repository = {folder}/fernet-keys

[fernet_receipts]
key_repository = {folder}/fernet-keys

[credential]
key_repository = {folder}/credential-keys

[cache]
# In the process, in place of the memcached of a real one: half the work for each token.
backend = dogpile.cache.memory

[identity]
# The fewest that bcrypt takes; with its default a token costs a third of a second more.
password_hash_rounds = 4
# bcrypt's; with more, each use of a password is a warning.
max_password_length = 72
"""


def write_files(folder: Path, port: int, token_lifetime_s: int) -> None:
    """Write configuration, new keys of this Keystone's own, and the database."""
    _write_configuration(folder, port, token_lifetime_s)
    shutil.copyfile(_prepared_database(), folder / _DATABASE)


def variables(folder: Path) -> dict[str, str]:
    """The environment of Keystone's programs."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "OS_KEYSTONE_CONFIG_FILES": str(folder / "keystone.conf"),
    }


def _write_configuration(folder: Path, port: int, token_lifetime_s: int) -> None:
    (folder / "keystone.conf").write_text(
        _CONFIGURATION.format(
            folder=folder, port=port, database=_DATABASE, token_lifetime_s=token_lifetime_s
        )
    )
    for name in ("fernet-keys", "credential-keys"):
        (folder / name).mkdir(mode=0o700)
        # 0 is the one that comes next, the highest the one that signs.
        for number in ("0", "1"):
            key = folder / name / number
            key.touch(mode=0o600)
            key.write_bytes(base64.urlsafe_b64encode(secrets.token_bytes(32)))


def _prepared_database() -> Path:
    """The file to copy; made where there is none for this lock yet."""
    made_from = (LOCKS / "keystone.txt").read_bytes() + Path(__file__).read_bytes()
    database = CACHE / "keystone" / f"{hashlib.sha256(made_from).hexdigest()[:16]}.sqlite"
    if not database.exists():
        database.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=database.parent) as folder:
            _write_configuration(Path(folder), 5000, 3600)
            _manage(Path(folder), "db_sync")
            _manage(
                Path(folder), "bootstrap",
                "--bootstrap-username", ADMIN,
                "--bootstrap-password", PASSWORD,
                "--bootstrap-region-id", REGION,
                *(
                    word
                    for interface in ("public", "internal", "admin")
                    for word in (f"--bootstrap-{interface}-url", _ENDPOINT)
                ),
            )  # fmt: skip
            # Of two processes that make it at once, the later one wins.
            (Path(folder) / _DATABASE).replace(database)
    return database


def _manage(folder: Path, *command: str) -> None:
    done = subprocess.run(
        [PROGRAMS / "keystone-manage", "--config-file", folder / "keystone.conf", *command],
        env=variables(folder),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServerError(f"keystone-manage {command[0]} failed:\n{done.stdout}{done.stderr}")
