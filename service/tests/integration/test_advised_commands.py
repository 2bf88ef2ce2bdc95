"""Every command that doctor, the log or the docs advise works, as it stands, in its order.

RabbitMQ's are run by a shell beside a broker of this file's own. A command that is in no table
here fails ``test_every_command_is_in_a_table``.
"""

import ast
import datetime as dt
import os
import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from nova_bus import bus_channel, make_default_queue
from subscribed import subscribe

import vifcast
from database_fixtures import SERVERS
from publisher import Publisher
from rabbitmq import RabbitMQ
from vifcast import broker_commands
from vifcast.cli import main
from vifcast.cli.main import ExitCode
from vifcast.doctor import queues
from vifcast.store import Store
from vifcast.store.sql import schema

ROOT = Path(__file__).parents[3]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
PAGES.append(ROOT / "service/README.md")
SOURCES = sorted(Path(vifcast.__file__).parent.rglob("*.py"))
PASSWORD = "s3cret"

_BROKERS = re.compile(r"(rabbitmqctl|rabbitmqadmin|rabbitmq-diagnostics) ")
_OURS = re.compile(r"(/\S*/)?vifcast (?=[a-z])")
_TOOLS = re.compile(
    rf"{_BROKERS.pattern}|{_OURS.pattern}|vifcast-nova (?=[a-z])|\S+ -m vifcast_nova |\S*pip3? |"
    r"python3 |apt-get |RUN |export |make |curl |openstack |patch |CREATE |GRANT |"
    r"oslopolicy-sample-generator |"
    r"[A-Z]+ -m vifcast_nova "
)

# What of the pages and of broker_commands is run where. The first that matches counts.
RUN_BY = [
    (r"rabbitmqctl (add_user|set_permissions -p (/|nowhere) vifcast) ",
     "test_documented_permissions_…"),
    (r"rabbitmqctl set_permissions -p / nova |rabbitmqctl list_user_permissions ",
     "nova-plugin/tests/test_advised_commands.py"),
    (r"rabbitmqctl set_permissions -p VHOST nova ", "test_usual_permissions_of_nova"),
    (r"rabbitmqctl (delete_queue|list_exchanges)|rabbitmqadmin -V \S+ delete",
     "test_what_is_in_the_way_is_deleted"),
    (r"rabbitmqctl (set_policy|purge_queue)|rabbitmqadmin -V \S+ get",
     "test_advice_for_default_queues_in_order"),
    (r"rabbitmq-diagnostics alarms", "test_alarms_are_named"),
    (r"(/\S*/)?vifcast ", "test_commands_of_ours_…"),
    (r"vifcast-nova |\S+ -m vifcast_nova ", "nova-plugin/tests/test_docs.py"),
    (r"(\S*/|python3 -m )?pip (un)?install .*vifcast.nova|apt-get install", "make distribution"),
    (r"python3 -m venv /opt/vifcast|/opt/vifcast/bin/pip install", "tests/tools/test_wheel.py"),
    (r"export VIFCAST_TRANSPORT_URL", "test_passwords.py"),
    (r"make ", "test_make_has_the_target"),
    (r"python3 tools/run_nox.py --list", "tests/tools/test_noxfile.py"),
    (r"curl .*http://127.0.0.1:8733/", "test_requests_are_answered"),
    (r"oslopolicy-sample-generator ", "test_sample_of_the_policy_is_written"),
    (r"CREATE |GRANT ", "test_statements_make_a_database"),
    (r"patch -p1", "tests/patch"),
    # A Dockerfile's: what follows RUN is pip's line, as for any virtual environment.
    (r"RUN /var/lib/kolla/venv/bin/pip install", "not run"),
    # What it brings is in the tests' environment: tests/integration/test_keystone_cache.py.
    (r"pip install 'vifcast\[memcached\]'", "not run"),
    (r"openstack (--os-cloud \S+ )?nic( |$)", "test_openstack_command.py"),
    (r"openstack (user|role|service|endpoint|application credential) |curl -H \"X-Auth-Token",
     "test_authentication_page.py"),
    # Nova is not here, only Keystone.
    (r"openstack (compute service|project|region) list", "not run"),
    (r"openstack --os-cloud \S+ server list|openstack server add port", "not run"),
]  # fmt: skip


def blocks(page):
    """The lines of indented code, a line that ends with a backslash with the next."""
    text = re.sub(r"\\\n\s*", "", page.read_text())
    for line in re.findall(r"^ {4}(.*)$", text, re.MULTILINE):
        yield line.strip().removeprefix("$ ")


def commands(page):
    inline = re.findall(r"`([^`]+)`", page.read_text())
    for found in [*blocks(page), *(" ".join(each.split()) for each in inline)]:
        if _TOOLS.match(found) and "…" not in found and " is on" not in found:
            yield found.partition("  ")[0]


def messages(source):
    """The texts of a module that are no docstrings; what is put into one is {}."""
    tree = ast.parse(source.read_text())
    parts = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            parts.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts.update(map(id, node.values))
            yield "".join(getattr(each, "value", "{}") if isinstance(each, ast.Constant) else "{}"
                          for each in node.values)  # fmt: skip
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts
        ):
            yield node.value


PRINTED = [
    broker_commands.set_permissions("/", "vifcast", ["a"], ["b"], ["c"]),
    broker_commands.bound_queues("/", "notifications"),
    broker_commands.purge_queue("/", "q"),
    broker_commands.delete_queue("/", "q"),
    broker_commands.list_exchanges("/"),
    broker_commands.delete_exchange("/", "x"),
    broker_commands.look_into_queue("/", "q"),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_is_in_a_table(page):
    for command in commands(page):
        assert any(re.match(pattern, command) for pattern, _ in RUN_BY), command


def test_every_command_that_is_printed_is_in_a_table():
    public = [name for name, each in vars(broker_commands).items()
              if callable(each) and each.__module__ == broker_commands.__name__
              and not name.startswith("_")]  # fmt: skip
    assert len(public) == len(PRINTED)
    for command in PRINTED:
        assert any(re.match(pattern, command) for pattern, _ in RUN_BY), command


def test_commands_for_a_broker_are_made_in_one_place():
    for source in SOURCES:
        if source.name != "broker_commands.py":
            for text in messages(source):
                assert not _BROKERS.search(text), f"{source.name}: {text}"


@pytest.fixture(scope="module")
def broker():
    with RabbitMQ() as broker:
        yield broker


@pytest.fixture(scope="module")
def shell(broker, tmp_path_factory):
    """Run a line as an operator types it on the broker's host."""
    folder = tmp_path_factory.mktemp("bin")
    broker.programs(folder)

    def run(line):
        done = subprocess.run(
            ["/bin/sh", "-c", line], capture_output=True, text=True, check=False,
            env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"},
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    return run


@pytest.fixture
def url(broker):
    """The virtual host / of the broker, empty, with Nova's and Neutron's exchanges and queues."""
    broker.delete_vhost("/")
    broker.create_vhost("/")
    url = broker.url("/")
    with bus_channel(url) as channel:
        for exchange in ("nova", "neutron"):
            channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
        for queue in ("notifications.info", "notifications.error"):
            make_default_queue(channel, queue, durable=True)
    return url


@pytest.fixture
def doctor(tmp_path, monkeypatch):
    monkeypatch.setattr(queues, "_PAUSE_S", 0)

    def run(url, *arguments, server=None, options=""):
        (tmp_path / "vifcast.conf").write_text(f"[ingest]\n{options}\n")
        listen = server.url.removeprefix("http://").rstrip("/") if server else "127.0.0.1:1"
        done = CliRunner().invoke(
            main,
            ["doctor", "--data-dir", str(tmp_path), "--config-file",
             str(tmp_path / "vifcast.conf"), "--transport-url", url, "--listen", listen,
             *arguments],
        )  # fmt: skip
        assert isinstance(done.exception, SystemExit | None), done.exception
        return done

    return run


def documented_permissions():
    """Each setting of docs/service.md with its command."""
    lines = [*blocks(ROOT / "docs/service.md")]
    return {
        line.removeprefix("# "): command
        for line, command in pairwise(lines)
        if line.startswith("# ") and command.startswith("rabbitmqctl set_permissions")
    }


def options_of(setting):
    return re.findall(r"(\w+) = (\w+)", setting)


@pytest.mark.parametrize("setting", documented_permissions())
def test_documented_permissions_are_enough(broker, shell, url, serve, doctor, until, setting):
    command = documented_permissions()[setting]
    (add_user,) = [each for each in blocks(ROOT / "docs/service.md") if " add_user " in each]
    shell("rabbitmqctl delete_user vifcast || true")
    shell(add_user)
    shell(command)
    options = dict(options_of(setting))
    own = url.replace("guest:guest", "vifcast:PASSWORD").replace("amqp://", "rabbit://")
    server = serve(own, **{f"ingest__{name}": value for name, value in options.items()})
    until(lambda: server.wait(0) or server.state.is_healthy())
    until(lambda: server.state.warning is None)
    written = "\n".join(f"{name} = {value}" for name, value in options.items())
    probe = ["--send-probe"] if "--send-probe" in setting else []
    result = doctor(own, *probe, server=server, options=written)
    assert result.exit_code == 0, result.output
    assert "set_permissions" not in result.output, result.output
    assert ("in the store after" in result.output) == bool(probe)
    if not probe:
        result = doctor(own, "--send-probe", server=server, options=written)
        assert (
            "WARN  probe: not sent: user vifcast lacks the permission `write` on" in result.output
        )
        assert "can get lost" not in result.output
        with_probe, without = [each for each in printed(result) if "set_permissions" in each]
        shell(with_probe)
        assert (
            "in the store after"
            in doctor(own, "--send-probe", server=server, options=written).output
        )
        shell(without)
        assert "WARN  probe" in doctor(own, "--send-probe", server=server, options=written).output


def test_service_that_may_not_read_neutrons_exchange_runs(shell, broker, url, serve, until):
    broker.add_user("frugal", PASSWORD)
    as_installed = documented_permissions()["as installed"]
    shell(as_installed.replace("-p / vifcast", "-p / frugal"))
    own = url.replace("guest:guest", f"frugal:{PASSWORD}").replace("amqp://", "rabbit://")
    server = serve(own, ingest__neutron_exchange="neutron")
    until(lambda: server.wait(0) or (server.state.is_healthy() and server.state.warning))
    assert "binding queue vifcast to exchange neutron failed" in server.state.warning


def printed(result):
    """The commands that are printed for a broker, in order."""
    return [each for each in re.findall(r"`([^`]+)`", result.output) if _BROKERS.match(each)]


@pytest.mark.parametrize(
    "options",
    ["", "neutron_exchange = neutron", "consume_default_queue = true", "queue = our queue",
     "lane_exchange =", "lane_exchange = the.lane", "exchange = nova_cell1", "topics = alarms",
     "queue_type = quorum"],
)  # fmt: skip
def test_permissions_that_doctor_prints_are_enough(
    broker, shell, url, serve, doctor, until, options
):
    broker.add_user("odd user", PASSWORD, "/")
    with bus_channel(url) as channel:
        channel.exchange_declare("nova_cell1", "topic", durable=True, auto_delete=False)
    own = url.replace("guest:guest", f"odd%20user:{PASSWORD}").replace("amqp://", "rabbit://")
    # None at all, to see the advice.
    shell("rabbitmqctl set_permissions -p / 'odd user' '^$' '^$' '^nova$'")
    command = [each for each in printed(doctor(own, options=options)) if "set_perm" in each][-1]
    shell(command)
    given = dict(part.split(" = ") for part in [options.replace("exchange =", "exchange = ", 1)
                 .replace("=  ", "= ")] if part)  # fmt: skip
    server = serve(own, **{f"ingest__{name}": value.split(", ") if name == "topics" else value
                           for name, value in given.items()})  # fmt: skip
    until(lambda: server.wait(0) or server.state.is_healthy())
    until(lambda: server.state.warning is None)
    result = doctor(own, server=server, options=options)
    assert not [each for each in printed(result) if "set_permissions" in each], result.output


def test_virtual_host_that_refuses_a_user(broker, shell, url, doctor):
    broker.add_user("stranger", PASSWORD)
    own = url.replace("guest:guest", f"stranger:{PASSWORD}")
    result = doctor(own)
    assert "access to vhost '/' refused" in result.output
    (command,) = printed(result)
    shell(command)
    assert "as stranger, virtual host /" in doctor(own).output


def test_advice_for_default_queues_in_order(broker, shell, doctor, until):
    name = "a vhost"
    broker.create_vhost(name)
    with bus_channel(broker.url(name)) as channel:
        channel.exchange_declare("nova", "topic", durable=True, auto_delete=False)
        for topic in ("notifications", "versioned_notifications"):
            for priority in ("info", "error"):
                make_default_queue(channel, f"{topic}.{priority}", durable=True)
    publisher = Publisher(broker.url(name), durable=True)
    for topic in ("notifications", "versioned_notifications"):
        for priority in ("info", "error"):
            publisher.channel.queue_bind(f"{topic}.{priority}", "nova", f"{topic}.{priority}")
            publisher(b"{}", f"{topic}.{priority}")
    publisher.close()
    queues_ = [each["name"] for each in broker.queues(name)]
    until(lambda: all(broker.queue_depth(name, queue) == 1 for queue in queues_))
    result = doctor(broker.transport_url(name))
    advised = [each for each in printed(result) if "set_permissions" not in each]
    assert len(advised) == 3 * len(queues_)
    for command in advised:
        answer = shell(command)
        assert "get" not in command.split() or "{}" in answer
    policies = broker.call("GET", "/api/policies/a%20vhost")
    assert {each["name"] for each in policies} == {
        "bound-notifications", "bound-versioned_notifications"
    }  # fmt: skip
    for queue in queues_:
        until(lambda queue=queue: broker.queue_depth(name, queue) == 0)
        found = broker.queue(name, queue)
        assert found["policy"] == f"bound-{queue.rpartition('.')[0]}"
        assert found["effective_policy_definition"] == {"max-length": 10000}


def test_pages_show_the_commands_that_are_printed():
    page = (ROOT / "docs/doctor.md").read_text()
    assert f"`{broker_commands.look_into_queue('/', 'notifications.info')}`" in page
    assert f"`{broker_commands.purge_queue('/', 'notifications.info')}`" in page
    assert f"`{broker_commands.bound_queues('/', 'notifications')}`" in page
    assert f"`{broker_commands.delete_exchange('/', 'nova')}`" in page


def test_what_is_in_the_way_is_deleted(broker, shell, url, doctor, serve, until):
    with bus_channel(url) as channel:
        channel.exchange_delete("nova")
        channel.exchange_declare("nova", "fanout", auto_delete=False)
        channel.exchange_declare("vifcast", "topic", durable=False, auto_delete=False)
        channel.queue_declare("vifcast", durable=True, auto_delete=False)
    result = doctor(url.replace("amqp", "rabbit"))
    deleted = [each for each in printed(result) if " delete exchange " in each]
    assert [each.rpartition("=")[2] for each in deleted] == ["nova", "vifcast"]
    server = serve(url.replace("amqp", "rabbit"))
    with pytest.raises(vifcast.errors.BrokerRefusedError) as refused:
        until(lambda: server.wait(0))
    server.stop()
    (delete_queue,) = re.findall(r"`(rabbitmqctl [^`]+)`", str(refused.value))
    for command in (*deleted, delete_queue):
        shell(command)
    exchanges = shell(broker_commands.list_exchanges("/"))
    assert "nova" not in exchanges.split()
    server = serve(url.replace("amqp", "rabbit"))
    until(server.state.is_healthy)
    documented = [each for page in PAGES for each in commands(page) if "delete_queue" in each]
    server.stop()
    for command in documented:
        shell(command)
        assert broker.queue("/", "vifcast") is None


def test_usual_permissions_of_nova(broker, shell, url):
    broker.add_user("nova", PASSWORD)
    (command,) = {each for page in PAGES for each in commands(page) if " VHOST nova " in each}
    shell(command.replace("VHOST", "/"))
    (row,) = broker.call("GET", "/api/users/nova/permissions")
    assert (row["configure"], row["write"], row["read"]) == (".*", ".*", ".*")


def test_alarms_are_named(shell):
    assert "no alarms" in shell("rabbitmq-diagnostics alarms")


@pytest.mark.parametrize("kind", SERVERS)
def test_statements_make_a_database(kind, request, tmp_path):
    server = request.getfixturevalue(kind)
    own = {"mariadb": "MariaDB", "postgresql": "PostgreSQL"}[kind]
    page = (ROOT / "docs/database.md").read_text()
    lines = re.findall(r"^    ((?:CREATE|GRANT) .*;)(?: +-- (\w+))?", page, re.MULTILINE)
    title, statements = "", {}
    for statement, of in lines:
        title = of or title
        statements.setdefault(title, []).append(statement)
    assert len(statements[own]) >= 2
    for statement in statements[own]:
        # The tests' own user has that name.
        server.execute(re.sub(r"\bvifcast\b", "advised", statement))
    scheme = "mysql+pymysql" if kind == "mariadb" else "postgresql"
    (tmp_path / "vifcast.conf").write_text(
        f"[database]\nconnection = {scheme}://advised:PASSWORD@127.0.0.1:{server.port}/advised\n"
    )
    done = CliRunner().invoke(
        main, ["db", "upgrade", "--config-file", str(tmp_path / "vifcast.conf")]
    )
    assert done.exit_code == 0, done.output
    server.drop("advised")


def requests():
    """The commands for curl, as anybody on the service's machine types them."""
    found = {command for page in PAGES for command in commands(page)}
    return sorted(each for each in found if re.match(r"curl .*http://127\.0\.0\.1:8733/", each))


def requests_with_a_token():
    """The commands for curl in which a token is left out."""
    found = {line for page in PAGES for line in blocks(page)}
    return sorted(each for each in found if re.match("curl .*Bearer vfc_…", each))


def first_line(command, server, authority=r"http://127\.0\.0\.1:8733"):
    """What curl prints first when a server is asked; one answer ends, the stream's does not."""
    asked = re.sub(rf"{authority}/", server.url, command)
    assert server.url in asked, command
    curl = subprocess.Popen(
        ["/bin/sh", "-c", f"exec {asked} --silent --show-error --fail-with-body --max-time 60"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        with curl.stdout, curl.stderr:
            line = curl.stdout.readline()
            if "/v1/stream" not in command:
                curl.stdout.read()
                assert curl.wait(60) == 0, f"{command}\n{line}{curl.stderr.read()}"
    finally:
        curl.kill()
        curl.wait()
    return line


def delivered(number):
    """A delivery to the subscription ID that can be sent once more."""
    now = dt.datetime.now(dt.UTC)
    return {
        "id": number, "subscription_id": "ID", "event_id": 1, "ordered_at": now, "created_at": now,
        "finished_at": now, "state": "delivered", "attempts": 1,
    }  # fmt: skip


@pytest.mark.parametrize("command", requests())
def test_requests_are_answered(serve, command):
    server = serve("memory://", reconcile__cloud="mycloud")
    subscribe(server.store, id="ID", state="paused")
    with server.store.writing() as connection:
        for number in (4711, 4712):
            connection.execute(sa.insert(schema.delivery), delivered(number))
    line = first_line(command, server)
    if "/v1/stream" in command:
        assert line.startswith("retry: ")
    elif "text/csv" in command:
        assert line.startswith("id,correlation_id,")
    else:
        assert line.startswith("{")


@pytest.mark.parametrize("command", requests_with_a_token())
def test_requests_with_a_token_are_answered(serve, command, tmp_path):
    server = serve("memory://", api__auth="token")
    (create,) = {
        line for line in blocks(ROOT / "docs/authentication.md") if " token create " in line
    }
    made = CliRunner().invoke(main, [*shlex.split(create)[1:], "--data-dir", str(tmp_path)])
    assert made.exit_code == 0, made.output
    line = first_line(
        command.replace("vfc_…", made.stdout.strip()), server, r"https://vifcast\.example:8733"
    )
    assert line.startswith("retry: " if "/v1/stream" in command else "{")


def test_sample_of_the_policy_is_written():
    (command,) = {
        each for page in PAGES for each in commands(page) if each.startswith("oslopolicy-")
    }
    words = shlex.split(command)
    words[0] = str(Path(sys.executable).with_name(words[0]))
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert '#"vifcast:host_details": ' in done.stdout


def test_make_has_the_target():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for page in PAGES:
        for command in commands(page):
            if command.startswith("make "):
                assert shlex.split(command, comments=True)[1] in targets, command


# Named as a thing, with what has to be given left out.
NAMED = {"vifcast history", "vifcast timeline", "vifcast reconcile", "vifcast reconcile --json",
         "vifcast dead-letters show", "vifcast dead-letters show ID",
         "vifcast dead-letters retry", "vifcast dead-letters purge",
         "vifcast completion", "vifcast token create",
         "vifcast subscription create RECEIVER", "vifcast subscription update ID",
         "vifcast subscription resume", "vifcast deliveries show NUMBER",
         "vifcast replay start SUBSCRIPTION", "vifcast subscription recover ID",
         "vifcast replay show NUMBER", "vifcast replay cancel NUMBER",
         "vifcast reconcile --cloud"}  # fmt: skip

# They run until they are stopped; reconcile asks a cloud.
NOT_RUN = {"serve", "ingest", "api", "deliver", "reconcile"}


def ours():
    """Commands of ours in the pages, and in what is printed."""
    found = {
        re.sub(r"^/\S*/", "", command).partition(" #")[0]
        for page in PAGES
        for command in commands(page)
        if _OURS.match(command)
    }
    for source in SOURCES:
        for text in messages(source):
            found.update(re.findall(r"`(vifcast [^`]+)`", text))
    return sorted(found)


@pytest.mark.parametrize("line", ours())
def test_commands_of_ours_run(line, tmp_path, location, monkeypatch):
    Store.open_for_writing(location).close()
    words = shlex.split(line)[1:]
    command = main
    while isinstance(command, click.Group):
        name = words.pop(0)
        command = command.commands[name]
        if not words:
            break
    known = {name for each in command.params for name in each.opts} | {"--help", "-h"}
    for word in words:
        assert not word.startswith("-") or word in known, line
    given = {word for word in words if word.startswith("-")}
    if line not in NAMED and command.name == "reconcile" and given:
        assert "--cloud" in given, line
    if line in NAMED or command.name in NOT_RUN or isinstance(command, click.Group):
        return
    extra = ["--no-follow"] if command.name == "tail" else []
    if "--data-dir" in known:
        extra += ["--data-dir", str(tmp_path)]
    done = CliRunner().invoke(
        main, [*shlex.split(line)[1:], *extra],
        env={"VIFCAST_TRANSPORT_URL": "rabbit://127.0.0.1:1/"},
    )  # fmt: skip
    assert isinstance(done.exception, SystemExit | None)
    if done.exit_code == ExitCode.NOT_FOUND:
        # The database is empty.
        assert re.match("Error: (there is no|nothing is known of) ", done.stderr), done.output
        return
    assert done.exit_code in {ExitCode.DONE, ExitCode.FAILED}, done.output
    assert not done.stderr.startswith("Error"), done.output
