"""``vifcast serve`` as an operator runs it: a process, its exit code, what it says."""

import re
import signal
import socket
import sqlite3
import time

import httpx
import pytest

from notifications import body

ANYWHERE = ("--listen", "127.0.0.1:0")
NO_BROKER = "rabbit://guest:s3cret@127.0.0.1:1/"


def url_of(process):
    return re.search(r"page and API at (\S+),", process.errors)[1]


def is_up(process):
    return lambda: "page and API at" in process.errors


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_a_signal_stops_it(vifcast, vhost, publish, until, how):
    process = vifcast("serve", *ANYWHERE, "--transport-url", vhost.transport_url)
    until(lambda: "reading vifcast at 127.0.0.1:" in process.errors)
    until(is_up(process))
    publish(body())
    url = url_of(process)
    until(lambda: len(httpx.get(f"{url}v1/events").json()["items"]) == 1)
    assert process.end(how) == 0
    assert process.errors.rstrip().endswith("stopping")
    assert "Traceback" not in process.errors
    until(lambda: vhost.queue_depth("vifcast") == 0)


def test_stops_while_the_broker_is_away(vifcast, until):
    process = vifcast("serve", *ANYWHERE, VIFCAST_TRANSPORT_URL=NO_BROKER)
    until(lambda: "no broker answers at 127.0.0.1:1" in process.errors)
    assert process.end(signal.SIGTERM) == 0


def test_broker_away_at_start_is_logged_once_and_retried(vifcast, private_rabbitmq, until):
    private_rabbitmq.stop()
    process = vifcast("serve", *ANYWHERE, VIFCAST_TRANSPORT_URL=private_rabbitmq.transport_url("/"))
    until(lambda: "no broker answers at" in process.errors)
    assert f"127.0.0.1:{private_rabbitmq.port} (connection refused)" in process.errors
    assert "retrying until it works" in process.errors
    private_rabbitmq.start()
    until(lambda: "reading vifcast at" in process.errors, 60)
    assert process.errors.count(f"{private_rabbitmq.port} (connection refused)") == 1
    assert "guest:guest" not in process.errors


def test_wrong_password_ends_it(vifcast, vhost):
    url = vhost.transport_url.replace("guest:guest", "guest:s3cret")
    process = vifcast("serve", *ANYWHERE, "--transport-url", url)
    assert process.wait() == 1
    assert "refuses the login of user guest; check user and password" in process.errors
    assert "s3cret" not in process.errors
    assert "Traceback" not in process.errors


def test_virtual_host_that_is_not_there_ends_it(vifcast, rabbitmq):
    process = vifcast("serve", *ANYWHERE, "--transport-url", rabbitmq.transport_url("nowhere"))
    assert process.wait() == 1
    assert "nowhere" in process.errors
    assert "refuses user guest on virtual host" in process.errors


def test_user_without_permissions_ends_it(vifcast, vhost):
    vhost.broker.add_user("powerless", "s3cret")
    name = f"{vhost.name}"
    vhost.broker.call(
        "PUT",
        f"/api/permissions/{name}/powerless",
        {"configure": "^$", "write": "^$", "read": "^$"},
    )
    url = vhost.transport_url.replace("guest:guest", "powerless:s3cret")
    process = vifcast("serve", *ANYWHERE, "--transport-url", url)
    assert process.wait() == 1
    assert "refuses user powerless" in process.errors


def test_documented_permissions_are_enough(vifcast, vhost, publish, until):
    vhost.broker.add_user("vifcast", "s3cret")
    own = r"vifcast(\.(dropped|bound))?"
    rights = {"configure": f"^{own}$", "write": f"^{own}$", "read": f"^({own}|nova)$"}
    vhost.broker.call("PUT", f"/api/permissions/{vhost.name}/vifcast", rights)
    url = vhost.transport_url.replace("guest:guest", "vifcast:s3cret")
    process = vifcast("serve", *ANYWHERE, "--transport-url", url)
    until(lambda: "reading vifcast at" in process.errors)
    until(is_up(process))
    publish(body())
    until(lambda: httpx.get(f"{url_of(process)}v1/events").json()["items"])
    assert httpx.get(f"{url_of(process)}readyz").json()["ingest"]["warning"] is None
    assert process.end(signal.SIGTERM) == 0
    # The marker was made: this time vifcast knows that its bindings were there all the time.
    marker = vhost.broker.call("GET", f"/api/exchanges/{vhost.name}/vifcast.bound")
    assert marker["durable"] is False


def test_option_that_has_no_effect_any_more_is_named_and_the_rest_is_read(
    vifcast, vhost, publish, until, tmp_path
):
    conf = tmp_path / "vifcast.conf"
    conf.write_text(
        f"[ingest]\namqp_durable_queues = true\ntransport_url = {vhost.transport_url}\n"
    )
    process = vifcast("serve", *ANYWHERE, "--config-file", str(conf))
    until(lambda: "reading vifcast at" in process.errors)
    assert process.errors.count("WARNING option amqp_durable_queues in [ingest] no longer has") == 1


def test_queue_of_other_properties_ends_it(vifcast, vhost, publish):
    publish.channel.queue_declare("vifcast", durable=True, auto_delete=False)
    process = vifcast("serve", *ANYWHERE, "--transport-url", vhost.transport_url)
    assert process.wait() == 1
    assert "queue vifcast exists with other properties" in process.errors


def test_database_of_an_earlier_run_is_used_again(vifcast, until, database):
    for _ in range(2):
        process = vifcast("serve", *ANYWHERE, VIFCAST_TRANSPORT_URL=NO_BROKER)
        until(is_up(process))
        assert process.end(signal.SIGTERM) == 0
    assert database.exists()


def test_database_that_is_not_writable_is_logged_once_and_retried(
    vifcast, vhost, store, database, until
):
    store.close()
    database.chmod(0o400)
    process = vifcast(
        "serve", *ANYWHERE, "--transport-url", vhost.transport_url, bound_by_permissions=True
    )
    until(is_up(process))
    url = url_of(process)
    until(lambda: httpx.get(f"{url}healthz").json()["ingest"]["problem"])
    assert httpx.get(f"{url}readyz").status_code == 503
    time.sleep(2)
    assert process.errors.count("is not writable for this user; change its owner") == 1
    assert "reading vifcast" not in process.errors
    for path in database.parent.glob(f"{database.name}*"):
        path.chmod(0o600)
    until(lambda: "reading vifcast" in process.errors)
    assert httpx.get(f"{url}readyz").status_code == 200


def ends_with(process, sentence):
    assert process.wait() == 1
    (line,) = process.err
    assert line.startswith("Error: ")
    assert sentence in line


def test_no_transport_url(vifcast):
    ends_with(vifcast("serve"), "no broker is named; give --transport-url")


def test_transport_url_that_makes_no_sense(vifcast):
    ends_with(vifcast("serve", "--transport-url", "controller"), "transport_url cannot be read")


def test_missing_configuration_file(vifcast, tmp_path):
    missing = str(tmp_path / "gone.conf")
    ends_with(vifcast("serve", "--config-file", missing), "gone.conf does not exist")


def test_configuration_file_with_a_mistake(vifcast, tmp_path):
    path = tmp_path / "vifcast.conf"
    path.write_text("[ingest]\nqueue_type = stream\n")
    ends_with(vifcast("serve", "--config-file", str(path)), "queue_type")


def test_configuration_file_that_cannot_be_read(vifcast, tmp_path):
    path = tmp_path / "vifcast.conf"
    path.touch(mode=0o000)
    process = vifcast("serve", "--config-file", str(path), bound_by_permissions=True)
    ends_with(process, "vifcast.conf cannot be read: permission")


def test_data_directory_that_is_not_writable(vifcast, tmp_path):
    directory = tmp_path / "data"
    directory.mkdir(mode=0o500)
    process = vifcast(
        "serve", *ANYWHERE, "--data-dir", str(directory), "--transport-url", NO_BROKER,
        bound_by_permissions=True,
    )  # fmt: skip
    ends_with(process, "data is not writable for this user; change its owner, or choose another")


def test_data_directory_that_cannot_be_made(vifcast, tmp_path):
    (tmp_path / "file").touch()
    process = vifcast(
        "serve", *ANYWHERE, "--data-dir", str(tmp_path / "file" / "x"), "--transport-url", NO_BROKER
    )
    ends_with(process, "cannot be made: Not a directory; choose another with --data-dir")


def test_port_in_use(vifcast):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        process = vifcast("serve", "--listen", listen, "--transport-url", NO_BROKER)
        ends_with(process, f"cannot listen on {listen}: address already in use")


def test_address_that_is_not_loopback(vifcast):
    process = vifcast("serve", "--listen", "0.0.0.0:8733", "--transport-url", NO_BROKER)
    ends_with(process, "0.0.0.0 is not a loopback address")


def test_database_of_a_newer_release(vifcast, store, database):
    store.close()
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    process = vifcast("serve", *ANYWHERE, "--transport-url", NO_BROKER)
    ends_with(process, "has schema 9999, which is newer than this release's")
