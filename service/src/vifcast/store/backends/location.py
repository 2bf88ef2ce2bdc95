"""Where the database is, as an OpenStack operator writes it: a URL of SQLAlchemy's kind."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from vifcast.config import Settings
from vifcast.errors import StoreError

# What an operator may write, and the driver that comes with vifcast. The drivers named here
# are interchangeable as far as the URL goes; others have options of their own.
_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "mysql": "mariadb+pymysql",
    "mysql+pymysql": "mariadb+pymysql",
    "mariadb": "mariadb+pymysql",
    "mariadb+pymysql": "mariadb+pymysql",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "postgresql+psycopg2": "postgresql+psycopg",
}
_EXAMPLES = (
    "write it like sqlite:////var/lib/vifcast/vifcast.sqlite3, "
    "mysql+pymysql://USER:PASSWORD@HOST/vifcast or postgresql://USER:PASSWORD@HOST/vifcast"
)
_SEVERAL_HOSTS = (
    "names several hosts; name one, that of the primary, or the address that leads to it"
)
_LAST_PORT = 65535
_SCHEME = re.compile(r"[A-Za-z][\w+]*")
# A name, or an address; PostgreSQL's may be the folder of its socket.
_HOST = re.compile(r"[\w.:%/-]+")


@dataclass(frozen=True, slots=True, repr=False)
class Location:
    """One database. As text: its file, or its URL without password and options.

    ``timeout_s``: how long it may take to connect, to wait for another writer, or to answer.
    """

    url: sa.URL
    timeout_s: float = 10.0

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """[database] connection, or the file in the data directory. Raises StoreError."""
        database = settings.database
        if database.connection:
            return cls.from_url(database.connection, database.timeout_s)
        return cls.of_file(settings.database_path, database.timeout_s)

    @classmethod
    def of_file(cls, path: Path, timeout_s: float = 10.0) -> Self:
        """An SQLite file."""
        return cls(sa.URL.create("sqlite", database=str(path)), timeout_s)

    @classmethod
    def from_url(cls, text: str, timeout_s: float = 10.0) -> Self:
        """Read a URL. Raises StoreError, whose text has nothing of it that may be a password."""
        driver = _driver(text)
        if driver != "sqlite" and text.count("@") > 1:
            # What is behind the first would be taken for the host.
            raise _refused("has an @ too many; write the one in user or password as %40")
        if driver != "sqlite" and "," in _host_part(text):
            raise _refused(_SEVERAL_HOSTS)
        try:
            url = sa.make_url(text)
        except (ValueError, sa.exc.ArgumentError):
            # Their text may hold the password, where it was not found to be one.
            raise _refused(
                "cannot be read; what is special in a URL is written as in %40 for @, in user "
                "and password too"
            ) from None
        if not url.database:
            raise _refused("names no file" if driver == "sqlite" else "names no database")
        if driver == "sqlite" and (url.host or url.query):
            raise _refused("has more than a file's path; an absolute one has four slashes")
        if driver == "sqlite":
            _check_path(url.database)
        else:
            _check_host(url)
        return cls(url.set(drivername=driver), timeout_s)

    @property
    def path(self) -> Path | None:
        """The file, of SQLite."""
        is_file = self.url.get_backend_name() == "sqlite"
        return Path(self.url.database or "") if is_file else None

    def __repr__(self) -> str:
        # Not the URL's own: it hides the password, but none in an option.
        return f"<{type(self).__name__} {self}>"

    def __str__(self) -> str:
        if (path := self.path) is not None:
            return str(path)
        shown = self.url.set(drivername=self.url.get_backend_name(), query={})
        return sa.URL.create(
            shown.drivername, shown.username, None, shown.host, shown.port, shown.database
        ).render_as_string()


def _driver(text: str) -> str:
    scheme, separator, _ = text.partition("://")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _refused("is not UTF-8") from None
    if not separator or not _SCHEME.fullmatch(scheme):
        raise _refused("is no URL")
    if scheme not in _DRIVERS:
        raise _refused(_unknown(scheme))
    return _DRIVERS[scheme]


def _unknown(scheme: str) -> str:
    database, plus, driver = scheme.partition("+")
    if plus and database in _DRIVERS:
        return f"names the driver {driver!r}, which vifcast does not use; leave out +{driver}"
    return f"names {database!r}, a database that vifcast does not support"


def _host_part(text: str) -> str:
    return text.partition("://")[2].rpartition("@")[2].partition("/")[0]


def _check_path(path: str) -> None:
    if not Path(path).is_absolute():
        raise _refused(
            f"names the file {path}, which is relative, to wherever a command is started; write "
            f"sqlite:///{Path(path).absolute()}"
        )


def _check_host(url: sa.URL) -> None:
    if url.port is not None and url.port > _LAST_PORT:
        # Not which: where an @ is missing, it is a password.
        raise _refused(f"names a port above {_LAST_PORT}")
    if url.host and not _HOST.fullmatch(url.host):
        raise _refused("names an invalid host")
    # libpq takes them as options too.
    for option in ("host", "hostaddr", "port"):
        value = url.query.get(option, "")
        if not isinstance(value, str) or "," in value:
            raise _refused(_SEVERAL_HOSTS)


def _refused(why: str) -> StoreError:
    return StoreError(f"[database] connection {why}; {_EXAMPLES}")
