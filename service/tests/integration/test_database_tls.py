"""TLS to a MariaDB and a PostgreSQL that take nothing else, with URLs as operators write them."""

from contextlib import closing

import pytest

from ledger_events import make_event
from mariadb import MariaDB
from postgresql import PostgreSQL
from vifcast.errors import StoreError
from vifcast.store import Location, Store

KINDS = ["mariadb", "postgresql"]
FAILS = "TLS with the server fails"
NOT_TRUSTED = "its certificate is not signed by a trusted authority"
OTHER_NAME = "its certificate is for another name than the host in [database] connection"


@pytest.fixture(scope="module")
def servers(authority):
    certificate = authority.certificate_for("DNS:localhost")
    with MariaDB(certificate) as mariadb, PostgreSQL(certificate) as postgresql:
        for server in (mariadb, postgresql):
            server.create("vifcast")
        yield {"mariadb": mariadb, "postgresql": postgresql}


def url(server, query, host="localhost"):
    bare = server.url("vifcast").partition("?")[0].replace("127.0.0.1", host)
    return f"{bare}?{query}" if query else bare


def refusal_of(connection):
    with pytest.raises(StoreError) as refused:
        Store.open_for_writing(Location.from_url(connection, timeout_s=2))
    refusal = str(refused.value)
    assert "test-password" not in refusal
    assert "\n" not in refusal
    return refusal


def encryption_of(store):
    with store._reader.connect() as connection:
        if connection.dialect.name == "mariadb":
            return connection.exec_driver_sql("SHOW STATUS LIKE 'Ssl_version'").one()[1]
        return connection.exec_driver_sql(
            "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        ).scalar()


RIGHT = [
    ("mariadb", "ssl_ca={ca}", "localhost"),
    ("mariadb", "ssl_ca={ca}&ssl_verify_identity=true", "localhost"),
    ("mariadb", "ssl_ca={ca}&ssl_verify_cert=true", "localhost"),
    ("mariadb", "ssl_ca={ca}&ssl_check_hostname=false", "127.0.0.1"),
    ("mariadb", "ssl_ca={ca}&ssl_verify_identity=false", "127.0.0.1"),
    ("mariadb", "ssl_ca={ca}&ssl_disabled=false", "localhost"),
    ("mariadb", "ssl_ca={wrong}&ssl_verify_cert=false", "127.0.0.1"),
    ("mariadb", "charset=utf8", "127.0.0.1"),
    ("postgresql", "sslmode=verify-full&sslrootcert={ca}", "localhost"),
    ("postgresql", "sslmode=verify-ca&sslrootcert={ca}", "127.0.0.1"),
    ("postgresql", "sslmode=require", "127.0.0.1"),
    ("postgresql", "", "127.0.0.1"),
]


@pytest.mark.parametrize(("kind", "query", "host"), RIGHT)
def test_what_is_asked_for_is_encrypted(servers, authority, wrong_authority, kind, query, host):
    query = query.format(ca=authority.certificate, wrong=wrong_authority.certificate)
    location = Location.from_url(url(servers[kind], query, host), timeout_s=2)
    with closing(Store.open_for_writing(location)) as store:
        store.write([make_event(message_id=query)], [])
        assert encryption_of(store).startswith("TLSv1.")


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("mariadb", "ssl_ca={}"),
        ("mariadb", "ssl_ca={}&ssl_verify_identity=true"),
        ("mariadb", "ssl_ca={}&ssl_check_hostname=false"),
        ("postgresql", "sslmode=verify-full&sslrootcert={}"),
        ("postgresql", "sslmode=verify-ca&sslrootcert={}"),
    ],
)
def test_certificate_of_another_authority_is_refused(servers, wrong_authority, kind, query):
    refusal = refusal_of(url(servers[kind], query.format(wrong_authority.certificate)))
    assert FAILS in refusal
    assert NOT_TRUSTED in refusal


@pytest.mark.parametrize("option", ["ssl_verify_cert", "ssl_verify_identity"])
def test_without_an_authority_the_machines_own_are_asked(servers, option):
    refusal = refusal_of(url(servers["mariadb"], f"{option}=true"))
    assert NOT_TRUSTED in refusal
    assert "without it those of this machine" in refusal


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("mariadb", "ssl_ca={}"),
        ("mariadb", "ssl_ca={}&ssl_verify_identity=true"),
        ("postgresql", "sslmode=verify-full&sslrootcert={}"),
    ],
)
def test_certificate_for_another_name_is_refused(servers, authority, kind, query):
    refusal = refusal_of(url(servers[kind], query.format(authority.certificate), host="127.0.0.1"))
    assert FAILS in refusal
    assert OTHER_NAME in refusal


@pytest.mark.parametrize(
    ("kind", "query"), [("mariadb", "ssl_disabled=true"), ("postgresql", "sslmode=disable")]
)
def test_server_that_demands_tls_is_reported(servers, kind, query):
    refusal = refusal_of(url(servers[kind], query))
    assert "accepts no connection" in refusal
    assert "without TLS" in refusal
    assert f"take {query.removesuffix('=true')} out of [database] connection" in refusal


def test_certificate_of_our_own_is_shown(servers, authority):
    server = servers["mariadb"]
    server.execute("CREATE USER known IDENTIFIED BY 'test-password' REQUIRE X509")
    server.execute("GRANT ALL ON vifcast.* TO known")
    certificate, key = authority.certificate_for("DNS:vifcast")
    known = url(server, f"ssl_ca={authority.certificate}").replace("//vifcast:", "//known:")
    assert "the server refuses user or password" in refusal_of(known)
    known += f"&ssl_cert={certificate}&ssl_key={key}"
    Store.open_for_writing(Location.from_url(known, timeout_s=2)).close()


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("mariadb", "ssl_ca=/nowhere/ca.pem"),
        ("mariadb", "ssl_ca=/etc/passwd"),
        ("mariadb", "ssl_cert=/nowhere/cert.pem"),
        ("postgresql", "sslmode=verify-full&sslrootcert=/nowhere/ca.pem"),
        ("postgresql", "sslmode=verify-full&sslrootcert=/etc/passwd"),
    ],
)
def test_file_of_authorities_that_is_none_is_named(servers, kind, query):
    refusal = refusal_of(url(servers[kind], query))
    assert FAILS in refusal
    assert query.rpartition("=")[2] in refusal


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("ssl_verify_cert=perhaps", "ssl_verify_cert in [database] connection is neither true nor"),
        ("ssl_ca=/a&ssl_ca=/b", "[database] connection has ssl_ca more than once"),
    ],
)
def test_invalid_option_is_reported(servers, query, sentence):
    refusal = refusal_of(url(servers["mariadb"], query))
    assert sentence in refusal
    assert "perhaps" not in refusal
