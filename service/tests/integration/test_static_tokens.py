"""Tokens of ``vifcast token``, shown to a running service."""

import base64
import datetime as dt
import json

import httpx
import pytest
from click.testing import CliRunner

from vifcast import times
from vifcast.cli import main
from vifcast.cli.main import ExitCode
from vifcast.token import Role, new_token


@pytest.fixture
def server(serve):
    return serve("memory://", api__auth="token")


def add(server, **changes):
    given = {"role": Role.READER, "project_id": None, "expires_at": None} | changes
    token, text = new_token("test", created_at=times.now(), **given)
    server.store.add_token(token)
    return token, text


def asked(server, text):
    return httpx.get(f"{server.url}v1/events", headers={"authorization": f"Bearer {text}"})


def test_all_ways_to_show_it(server):
    _, text = add(server)
    basic = base64.b64encode(f"anybody:{text}".encode()).decode()
    for headers in (
        {"authorization": f"Bearer {text}"},
        {"authorization": f"bearer   {text}"},
        {"x-auth-token": text},
        {"authorization": f"Basic {basic}"},
    ):
        assert httpx.get(f"{server.url}v1/events", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Basic", "Basic !", "Basic Og==", "Digest x", "Bearer ä", "x" * 9000],
)
def test_what_is_no_token(server, authorization):
    headers = {"authorization": authorization.encode("latin-1")}
    answer = httpx.get(f"{server.url}v1/events", headers=headers)
    assert answer.status_code == 401
    assert "vifcast token" in answer.json()["detail"]


def test_right_id_and_wrong_secret(server):
    token, _ = add(server)
    answer = asked(server, f"vfc_{token.id}_{'A' * 43}")
    assert answer.status_code == 401
    assert "is unknown" in answer.json()["detail"]


def test_revoked_is_refused_soon(server, until):
    token, text = add(server)
    assert asked(server, text).status_code == 200
    server.store.revoke_token(token.id, times.now())
    until(lambda: asked(server, text).status_code == 401)
    assert "is revoked" in asked(server, text).json()["detail"]


def test_expired_is_refused_at_once(server, until):
    _, text = add(server, expires_at=times.now() + dt.timedelta(seconds=1))
    until(lambda: asked(server, text).status_code == 401)
    assert "has expired; vifcast token create makes another" in asked(server, text).json()["detail"]


def test_last_use_is_noted_to_the_minute(server):
    token, text = add(server)
    before = times.now()
    assert asked(server, text).status_code == 200
    used_at = server.store.token(token.id).last_used_at
    assert before <= used_at <= times.now()
    assert asked(server, text).status_code == 200
    assert server.store.token(token.id).last_used_at == used_at


@pytest.fixture
def run(tmp_path):
    def command(*arguments):
        return CliRunner().invoke(main, arguments, env={"VIFCAST_DATA_DIR": str(tmp_path)})

    return command


def test_commands(run):
    def vifcast(*arguments):
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        return result

    vifcast("db", "upgrade")
    made = vifcast("token", "create", "cmp", "--role", "admin", "--expires", "never", "--json")
    shown = json.loads(made.stdout)
    assert shown["token"].startswith(f"vfc_{shown['id']}_")
    assert (shown["role"], shown["expires_at"], shown["project_id"]) == ("admin", None, None)
    plain = vifcast("token", "create", "tenant", "--project", "p1", "--expires", "4w")
    assert plain.stdout.startswith("vfc_")
    assert plain.stdout.count("\n") == 1
    assert "reader of project p1, expires 20" in plain.stderr
    listed = vifcast("token", "list").stdout
    assert shown["token"] not in listed
    assert "admin of all projects, does not expire, last used never" in listed
    revoked = vifcast("token", "revoke", shown["id"])
    assert revoked.stdout == f"Token {shown['id']} of cmp is revoked.\n"
    ends = [json.loads(line) for line in vifcast("token", "list", "--json").stdout.splitlines()]
    assert [each["revoked_at"] is not None for each in ends] == [True, False]
    assert all("secret" not in name for each in ends for name in each)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("create", "x", "--role", "admin", "--project", "p"), "--role admin is for the whole"),
        (("create", "x", "--expires", "soon"), "'soon' is not a time"),
        (("create", "x", "--expires", "2020-01-01T00:00Z"), "is past; give a time to come"),
        (("create", "x", "--expires", "2030-01-01"), "has no time zone"),
        (("create", ""), "NAME must be 1 to 255 printable characters"),
        (("create", "a\nb"), "NAME must be 1 to 255 printable characters"),
        (("create", "x", "--project", " "), "--project must be 1 to 255 printable characters"),
    ],
)
def test_commands_refuse(run, arguments, why):
    run("db", "upgrade")
    refused = run("token", *arguments)
    assert refused.exit_code == 1
    assert why in refused.stderr


def test_unknown_token_is_not_revoked(run):
    run("db", "upgrade")
    refused = run("token", "revoke", "nope")
    assert refused.exit_code == ExitCode.NOT_FOUND
    assert "there is no token nope; vifcast token list shows the ids" in refused.stderr


def test_where_the_database_is_only_those_learn_who_see_the_system(server, caplog):
    tenant, admin = (
        add(server, role=role, project_id=project)[1]
        for role, project in ((Role.READER, "p1"), (Role.ADMIN, None))
    )
    assert {asked(server, each).status_code for each in (tenant, admin)} == {200}
    with server.store._writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE event RENAME TO gone")
        connection.exec_driver_sql("ALTER TABLE api_token RENAME TO gone_too")
    where = str(server.store.location)
    bogus = f"vfc_{'a' * 16}_{'A' * 43}"
    for text in (tenant, tenant, tenant, bogus):
        answer = asked(server, text)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert answer.json()["detail"] == "the database cannot be reached; try again later"
    assert where in asked(server, admin).json()["detail"]
    # What is not said is in the log, once for each problem.
    logged = [each.message for each in caplog.records if where in each.message]
    assert len(logged) == len(set(logged)) <= 2
