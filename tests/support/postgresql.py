"""A PostgreSQL of the tests' own; see database_server.py."""

import signal
from pathlib import Path

import psycopg

from database_server import PASSWORD, DatabaseServer, tls_files

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
USER = "vifcast"


class PostgreSQL(DatabaseServer):
    """One postgres; the user of its URLs may do everything."""

    title = "PostgreSQL"
    package = "postgresql-15"
    program = PROGRAMS / "postgres"
    # Its "fast shutdown"; SIGTERM would wait until the last client has gone.
    stop_signal = signal.SIGINT

    def initialise(self, folder: Path) -> None:
        """A cluster and one user."""
        super().initialise(folder)
        password = folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self.run_once(
            [
                str(PROGRAMS / "initdb"),
                f"--pgdata={folder / 'data'}",
                f"--username={USER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ]
        )
        if self.speaks_tls:
            let_in = "hostssl all all 127.0.0.1/32 scram-sha-256\n"
            (folder / "data" / "pg_hba.conf").write_text(let_in)

    def command(self, folder: Path) -> list[str]:
        """What starts the server, in the foreground."""
        certificate, key = tls_files(folder)
        # The authority's certificate is behind the server's.
        tls = ["ssl=on", f"ssl_cert_file={certificate}", f"ssl_key_file={key}"]
        tls.append(f"ssl_ca_file={certificate}")
        return [
            str(self.program),
            "-D", str(folder / "data"),
            "-h", "127.0.0.1",
            "-p", str(self.port),
            "-k", str(folder),
            # What a crash of the process cannot lose need not be on the disk.
            "-c", "fsync=off",
            *(word for each in tls if self.speaks_tls for word in ("-c", each)),
        ]  # fmt: skip

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of the driver's."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=PASSWORD,
            dbname=database,
            autocommit=True,
        )

    def execute(self, statement: str) -> None:
        """Run one statement."""
        with self.connect() as connection:
            connection.execute(statement.encode())

    def create(self, database: str) -> None:
        """Make an empty database."""
        self.execute(f"CREATE DATABASE {database}")

    def drop(self, database: str) -> None:
        """Remove a database, and its connections first."""
        self.execute(f"DROP DATABASE {database} WITH (FORCE)")

    def url(self, database: str) -> str:
        """For ``[database] connection``."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"
