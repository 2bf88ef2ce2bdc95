"""A MariaDB of the tests' own; see database_server.py.

How its first files are made was read in Debian's ``mariadb-install-db`` (10.11), which
itself needs a program of the client's package.
"""

from pathlib import Path

import pymysql

from database_server import PASSWORD, DatabaseServer, tls_files

SHARED = Path("/usr/share/mysql")
FIRST_FILES = ("mysql_system_tables.sql", "mysql_system_tables_data.sql")
USER = "vifcast"


class MariaDB(DatabaseServer):
    """One mariadbd; the user of its URLs may do everything."""

    title = "MariaDB"
    package = "mariadb-server-core"
    program = Path("/usr/sbin/mariadbd")

    def initialise(self, folder: Path) -> None:
        """The system's tables and one user."""
        super().initialise(folder)
        (folder / "bootstrap.sql").write_text(
            "CREATE DATABASE mysql;\nUSE mysql;\n"
            "SET @auth_root_socket = NULL;\n"
            + "\n".join((SHARED / name).read_text() for name in FIRST_FILES)
            + "\nFLUSH PRIVILEGES;\n"
            f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
        )
        data = folder / "data"
        self.run_once(["mkdir", str(data)])
        with (folder / "bootstrap.sql").open() as statements:
            self.run_once([*self._program(folder), "--bootstrap"], stdin=statements)

    def command(self, folder: Path) -> list[str]:
        """What starts the server, in the foreground."""
        certificate, key = tls_files(folder)
        tls = [
            f"--ssl-cert={certificate}",
            f"--ssl-key={key}",
            # Of clients; the authority's is in it, too.
            f"--ssl-ca={certificate}",
            "--require-secure-transport=ON",
        ]
        return [
            *self._program(folder),
            "--bind-address=127.0.0.1",
            f"--port={self.port}",
            f"--socket={folder / 'socket'}",
            f"--pid-file={folder / 'pid'}",
            # What a crash of the process cannot lose need not be on the disk.
            "--innodb-flush-log-at-trx-commit=2",
            "--innodb-flush-method=nosync",
            "--skip-innodb-doublewrite",
            "--skip-log-bin",
            "--performance-schema=off",
            "--skip-name-resolve",
            *(tls if self.speaks_tls else ()),
        ]

    def _program(self, folder: Path) -> list[str]:
        return [
            str(self.program),
            "--no-defaults",
            f"--datadir={folder / 'data'}",
            f"--tmpdir={folder}",
            "--innodb-log-file-size=32M",
            "--innodb-buffer-pool-size=64M",
        ]

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        try:
            self.connect().close()
        except pymysql.err.OperationalError:
            return False
        return True

    def connect(self, database: str | None = None) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        """A connection of the driver's."""
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=PASSWORD,
            database=database,
            autocommit=True,
        )

    def execute(self, statement: str) -> None:
        """Run one statement."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def create(self, database: str) -> None:
        """Make an empty database."""
        self.execute(f"CREATE DATABASE {database}")

    def drop(self, database: str) -> None:
        """Remove a database."""
        self.execute(f"SET STATEMENT lock_wait_timeout = 5 FOR DROP DATABASE {database}")

    def url(self, database: str) -> str:
        """For ``[database] connection``."""
        return f"mysql+pymysql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}?charset=utf8"
