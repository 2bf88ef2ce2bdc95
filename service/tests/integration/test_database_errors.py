"""What is said of a database that cannot be used: in words, and never with a password."""

import pytest
from click.testing import CliRunner
from node_files import free_port

from database_fixtures import EVERY_NEW_SERVER_DATABASE
from ledger_events import make_event
from vifcast.cli import main
from vifcast.errors import StoreError, StoreSchemaError
from vifcast.store import Location, Store


def refusal(url):
    with pytest.raises(StoreError) as refused:
        Store.open_for_writing(Location.from_url(url, timeout_s=2))
    assert "test-password" not in str(refused.value)
    assert "the-wrong-one" not in str(refused.value)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def url_of(location):
    return location.url.render_as_string(hide_password=False)


@EVERY_NEW_SERVER_DATABASE
def test_server_that_refuses_is_reported_in_a_sentence(new_location):
    url = new_location.url
    wrong = url.set(password="the-wrong-one").render_as_string(hide_password=False)
    assert "the server refuses user or password" in refusal(wrong)
    nowhere = url.set(database="nowhere").render_as_string(hide_password=False)
    assert "the server has no such database" in refusal(nowhere)
    away = url.set(port=free_port()).render_as_string(hide_password=False)
    assert "check that it runs" in refusal(away)
    odd = url.update_query_dict({"fashion": "odd"}).render_as_string(hide_password=False)
    assert "option" in refusal(odd)
    assert "the driver does not know an option" in refusal(odd)
    assert "fashion" in refusal(odd)


@pytest.mark.parametrize("option", ["read_timeout", "local_infile"])
def test_option_of_another_kind_is_reported(option):
    refused = refusal(f"mysql+pymysql://u:test-password@127.0.0.1/v?{option}=the-wrong-one")
    assert "mariadb://u@127.0.0.1/v" in refused
    assert f"the driver does not take the value of an option ({option})" in refused


@EVERY_NEW_SERVER_DATABASE
def test_tls_that_the_server_does_not_speak_is_reported(new_location):
    options = {"postgresql": {"sslmode": "require"}, "mariadb": {"ssl_ca": "/nowhere/ca.pem"}}
    asked = options[new_location.url.get_backend_name()]
    refused = refusal(
        new_location.url.update_query_dict(asked).render_as_string(hide_password=False)
    )
    assert "TLS with the server fails" in refused


@EVERY_NEW_SERVER_DATABASE
def test_error_of_a_user_without_rights_names_what_to_grant(new_location, request):
    kind = new_location.url.get_backend_name()
    server = request.getfixturevalue(kind)
    server.execute("DROP USER IF EXISTS guest")
    server.execute(
        {
            "mariadb": "CREATE USER guest IDENTIFIED BY 'guests-secret'",
            "postgresql": "CREATE USER guest PASSWORD 'guests-secret'",
        }[kind]
    )
    if kind == "mariadb":
        server.execute(f"GRANT SELECT ON {new_location.url.database}.* TO guest")
    guest = new_location.url.set(username="guest", password="guests-secret")
    refused = refusal(guest.render_as_string(hide_password=False))
    assert "this user may not do that" in refused
    assert "guests-secret" not in refused


@EVERY_NEW_SERVER_DATABASE
def test_schema_that_changes_under_a_writer_stops_it(new_location):
    store = Store.open_for_writing(new_location)
    store.write([make_event()], [])
    with store._writer.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreSchemaError, match="schema 9999, which is newer"):
        store.write([make_event()], [])
    store.close()


@EVERY_NEW_SERVER_DATABASE
def test_commands_show_the_database_without_its_password(new_location, tmp_path):
    file = tmp_path / "vifcast.conf"
    file.write_text(f"[database]\nconnection = {url_of(new_location).replace('%', '$$')}\n")
    shown = ""
    for command in ("version", "upgrade", "version"):
        done = CliRunner().invoke(main, ["db", command, "--config-file", str(file)])
        assert done.exit_code == 0, done.output
        shown += done.output
    assert "test-password" not in shown
    assert f"{new_location}: schema none" in shown
    assert f"@127.0.0.1:{new_location.url.port}/{new_location.url.database}: schema 0" in shown


def test_encoding_that_cannot_hold_every_name_is_refused(postgresql):
    postgresql.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    assert "has the encoding LATIN1" in refusal(postgresql.url("latin"))
