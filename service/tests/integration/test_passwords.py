"""Passwords with every sign that means something to somebody on their way to the server.

Each is that of a real user of RabbitMQ, MariaDB and PostgreSQL. It gets through, or one sentence
refuses it, without any part of it; there is never a traceback.
"""

import itertools
import logging
import re
import urllib.parse
from dataclasses import dataclass

import pymysql.converters
import pytest
from click.testing import CliRunner
from psycopg import sql

from database_fixtures import SERVERS
from postgresql import USER
from vifcast.cli import main
from vifcast.config import load_settings
from vifcast.doctor import queues
from vifcast.errors import VifcastError
from vifcast.process import Role
from vifcast.serve import Server
from vifcast.store import Location, Store

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Password:
    """``bus`` and ``database``: whether it may stand as it is in the URL of either."""

    text: str
    bus: bool = True
    database: bool = True

    @property
    def encoded(self):
        return urllib.parse.quote(self.text, safe="")

    def assert_no_part_of_it(self, shown):
        assert "Traceback" not in shown
        for part in re.findall(r"\w{3,}", self.text):
            assert part not in shown
        assert "%" not in self.text or self.encoded not in shown


PASSWORDS = [
    Password("plainzq"),
    Password("$zqone$"),
    Password("zq$$two"),
    Password("zq$zqthree"),
    Password("${zqfour}"),
    Password("$lane_exchange-zq"),
    Password("zq\\five\\"),
    Password("10%zq"),
    Password("zq%41six", bus=False, database=False),
    Password("54321#zqseven", bus=False),
    Password("54321?zqeight", bus=False),
    Password("54321/zqnine", bus=False),
    Password("54321,zqten", bus=False),
    Password("54321zqeleven"),
    Password("zq:tw:elve"),
    Password("zq@thir@teen", database=False),
    Password("zq fourteen zq"),
    Password("'zqfifteen'"),
    Password('"zqsix"teen"'),
    Password("[zqseventeen]", bus=False),
    Password("zqüéßteen"),
    Password("zq日本語€teen"),
    Password("zqlong" * 300),
    Password("`zq;rm&|<>~!^*()+={}"),
]

every_password = pytest.mark.parametrize("password", PASSWORDS, ids=lambda each: each.text[:16])


def in_a_file(url):
    """As nova.conf has it."""
    return url.replace("$", "$$")


@pytest.fixture
def user(vhost, password):
    name = f"nasty-{next(_numbers)}"
    vhost.broker.add_user(name, password.text, vhost.name)
    yield name
    vhost.broker.call("DELETE", f"/api/users/{name}")


@pytest.fixture
def ways(vhost, user, password, tmp_path):
    """Arguments and environment of a command for each way in, and whether it gets through."""

    def url(written):
        return f"rabbit://{user}:{written}@127.0.0.1:{vhost.broker.port}/{vhost.name}"

    def file(name, value, begin="[ingest]\n"):
        path = tmp_path / f"{name}.conf"
        path.write_text(f"{begin}transport_url = {value}\n")
        return ["--config-file", str(path)], {}

    section = "[ingest]\nenabled_brokers = cell1\n[cell1]\n"

    literal = url(password.text)
    encoded = url(password.encoded)
    # What nova.conf takes for one $, the file does.
    is_one = "$$" in literal
    return {
        "option": (["--transport-url", encoded], {}, True),
        "environment": ([], {"VIFCAST_TRANSPORT_URL": encoded}, True),
        "file": (*file("encoded", encoded), True),
        "option, as it is": (["--transport-url", literal], {}, password.bus),
        "environment, as it is": ([], {"VIFCAST_TRANSPORT_URL": literal}, password.bus),
        "oslo.config's environment": ([], {"OS_INGEST__TRANSPORT_URL": literal}, password.bus),
        "file, as in nova.conf": (*file("nova", in_a_file(literal)), password.bus),
        "file, as it is": (*file("literal", literal), password.bus and not is_one),
        "section": (*file("section", encoded, section), True),
        "section, as in nova.conf": (*file("nova1", in_a_file(literal), section), password.bus),
        "section, as it is": (*file("literal1", literal, section), password.bus and not is_one),
    }


@every_password
def test_doctor_logs_in_with_it_or_refuses_it(ways, password, user, tmp_path, monkeypatch):
    monkeypatch.setattr(queues, "_PAUSE_S", 0)
    for way, (arguments, environment, gets_through) in ways.items():
        done = CliRunner().invoke(
            main,
            ["doctor", "--data-dir", str(tmp_path), "--listen", "127.0.0.1:1", *arguments],
            env=environment,
        )
        assert isinstance(done.exception, SystemExit), way
        password.assert_no_part_of_it(done.output)
        assert (f" as {user}, virtual host" in done.output) == gets_through, (way, done.output)


@every_password
def test_serve_reads_with_it_or_refuses_it(ways, password, tmp_path, monkeypatch, caplog, until):
    caplog.set_level(logging.DEBUG, "vifcast")
    for way in (
        *("option", "environment, as it is", "file, as in nova.conf", "file, as it is"),
        *("section", "section, as it is"),
    ):
        arguments, environment, gets_through = ways[way]
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        given = _pairs(arguments)
        overrides = {
            "DEFAULT.data_dir": str(tmp_path),
            "api.listen": "127.0.0.1:0",
            "ingest.transport_url": given.get("--transport-url")
            or environment.get("VIFCAST_TRANSPORT_URL"),
        }
        refused = refusal_of(given.get("--config-file"), overrides, password, until)
        assert (refused is None) == gets_through, (way, refused)
        password.assert_no_part_of_it(refused or "")
        assert "\n" not in (refused or "")
        for name in environment:
            monkeypatch.delenv(name)
    password.assert_no_part_of_it(caplog.text)


def refusal_of(file, overrides, password, until):
    """Why a service does not come to read; None where it does."""
    try:
        settings = load_settings(file, overrides)
        assert not {password.text, password.encoded} & {*re.split(r"[':@,/]", repr(settings))}
        server = Server(settings, role=Role.INGEST)
        try:
            server.start()
            until(lambda: server.wait(0) or server.state.is_healthy())
        finally:
            server.stop()
    except VifcastError as refused:
        return str(refused)
    return None


def _pairs(arguments):
    return dict(zip(arguments[::2], arguments[1::2], strict=True))


@pytest.mark.parametrize("password", [PASSWORDS[3], PASSWORDS[9]], ids=lambda each: each.text)
def test_nothing_of_it_is_in_what_a_process_prints(vifcast, password, until):
    url = f"rabbit://vifcast:{password.text}@127.0.0.1:1/"
    for command in ("doctor", "serve"):
        process = vifcast(
            command, "--listen", "127.0.0.1:0", VIFCAST_TRANSPORT_URL=url, TERM="dumb"
        )
        if command == "serve" and password.bus:
            # It goes on trying to reach the broker.
            until(lambda process=process: "127.0.0.1:1" in process.errors)
            process.process.terminate()
        process.wait()
        password.assert_no_part_of_it("".join(process.out) + process.errors)


@pytest.fixture(scope="module", params=SERVERS)
def nasty(request):
    """Which server, and that server with a database ``nasty`` that has all tables."""
    server = request.getfixturevalue(request.param)
    server.create("nasty")
    Store.open_for_writing(Location.from_url(server.url("nasty"))).close()
    yield request.param, server
    server.drop("nasty")


@every_password
def test_database_is_opened_with_it_or_it_is_refused(nasty, password, tmp_path):
    kind, server = nasty
    name = f"nasty_{next(_numbers)}"
    make_user(server, kind, name, password.text)
    scheme = "mysql+pymysql" if kind == "mariadb" else "postgresql"
    is_one = "$$" in password.text
    for way, written, gets_through in (
        ("encoded", password.encoded, True),
        ("as in nova.conf", in_a_file(password.text), password.database),
        ("as it is", password.text, password.database and not is_one),
    ):
        path = tmp_path / "vifcast.conf"
        url = f"{scheme}://{name}:{written}@127.0.0.1:{server.port}/nasty"
        path.write_text(f"[database]\nconnection = {url}\n")
        for command in (["db", "upgrade"], ["db", "version"], ["tail", "--no-follow"]):
            done = CliRunner().invoke(main, [*command, "--config-file", str(path)])
            assert done.exception is None or isinstance(done.exception, SystemExit), way
            password.assert_no_part_of_it(done.output)
            assert (done.exit_code == 0) == gets_through, (way, done.output)
            assert gets_through or len(done.output.splitlines()) == 1


def make_user(server, kind, name, password):
    if kind == "mariadb":
        quoted = pymysql.converters.escape_string(password)
        server.execute(f"CREATE USER {name} IDENTIFIED BY '{quoted}'")
        server.execute(f"GRANT ALL ON nasty.* TO {name}")
        return
    with server.connect() as connection:
        connection.execute(
            sql.SQL("CREATE USER {} PASSWORD {}").format(
                sql.Identifier(name), sql.Literal(password)
            )
        )
        # The owner of the tables.
        connection.execute(f"GRANT {USER} TO {name}".encode())


@pytest.mark.parametrize(
    "text",
    [
        "[ingest]\ntransport_url = rabbit://u:p@one,\nu:zqsecret=x@two/\n",
        "[ingest]\ntransport_url =\nrabbit://u@zqsecret\n",
        "[ingest]\ntransport_url rabbit//u@zqsecret\n",
        "[zqsecret@host]\n",
        "[database]\nconnection = mysql://u:zqsecret\n@db/v\n",
        "transport_url = rabbit://u:zqsecret@h/\n",
        "[ingest]\nenabled_brokers = a\n[a]\ntransport_url = rabbit://u:p@h,\nu:zqsecret=x@h/\n",
        "[ingest]\nenabled_brokers = a\n[a]\nregion = b\n[zqsecret@host]\n",
    ],
)
def test_file_that_is_broken_within_a_url_shows_nothing_of_it(tmp_path, text):
    path = tmp_path / "vifcast.conf"
    path.write_text(text)
    for command in ("doctor", "tail", "serve"):
        done = CliRunner().invoke(main, [command, "--config-file", str(path)])
        assert done.exit_code == 1
        assert isinstance(done.exception, SystemExit)
        assert "vifcast.conf" in done.output
        assert "zqsecret" not in done.output
