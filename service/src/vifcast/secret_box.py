"""``SecretBox``: secrets of subscriptions, encrypted as they lie in the database.

Fernet (cryptography): AES-128-CBC and HMAC-SHA256. The first key encrypts, all of them decrypt, so
that keys can be rotated.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from vifcast.errors import ConfigError, InvalidValueError
from vifcast.subscription.secrets import Secrets

_OPTION = "option encryption_keys in [delivery]"

_NO_KEY_FITS = (
    f"the secrets of this subscription were encrypted with a key that {_OPTION} does not name any "
    "more; add it at the end, or rotate the secrets of the subscription"
)


class SecretBox:
    """Raises ConfigError where a key is none."""

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise ConfigError(
                f"{_OPTION}: a key is 32 bytes in URL-safe base64; vifcast subscription key makes "
                "one"
            ) from None

    @classmethod
    def of(cls, keys: Sequence[str], key_file: Path | None) -> Self:
        """With the keys that are configured, or else with the one in the file, which is made.

        ``key_file`` is None where several machines may share the database, and so must the keys.
        Raises ConfigError.
        """
        if keys:
            return cls(keys)
        if key_file is None:
            raise ConfigError(
                f"{_OPTION} is not set, and subscriptions have secrets; set the same key for every "
                "process on this database. vifcast subscription key makes one"
            )
        return cls([_key_in(key_file)])

    def seal(self, secrets: Secrets) -> str:
        """What is kept of them."""
        return self._fernet.encrypt(msgspec.json.encode(secrets)).decode()

    def open(self, sealed: str | None) -> Secrets:
        """The secrets again; none of None. Raises InvalidValueError where no key fits."""
        if sealed is None:
            return Secrets()
        try:
            return msgspec.json.decode(self._fernet.decrypt(sealed), type=Secrets)
        except InvalidToken:
            raise InvalidValueError(_NO_KEY_FITS) from None

    def reseal(self, sealed: str) -> str:
        """The same, encrypted with the first key. Raises InvalidValueError where no key fits."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise InvalidValueError(_NO_KEY_FITS) from None

    @staticmethod
    def new_key() -> str:
        """A random one."""
        return Fernet.generate_key().decode()


def _key_in(path: Path) -> str:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as error:
        raise ConfigError(
            f"{path}, the file with the key for secrets of subscriptions, cannot be made: "
            f"{error.strerror}; set encryption_keys in [delivery], or another data_dir"
        ) from None
    with os.fdopen(made, "w") as file:
        key = SecretBox.new_key()
        file.write(key + "\n")
    return key
