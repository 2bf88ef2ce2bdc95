"""``test`` of a subscription whose target is a broker: what is published, and what that answers."""

import json
from contextlib import closing

import pytest
from amqp_reader import AmqpReader
from click.testing import CliRunner
from node_files import free_port

from vifcast.cli import main


@pytest.fixture
def run(asked):
    """``vifcast …``, asked of the database or of the API."""

    def invoke(*arguments, input=None):  # noqa: A002 (click's name)
        found = CliRunner().invoke(main, arguments, env=asked, input=input)
        assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
        return found

    return invoke


@pytest.fixture
def create(run):
    def create(url, *options, exchange="cmp"):
        arguments = ("--target", "amqp", "--setting", f"exchange={exchange}", *options)
        made = run("subscription", "create", "-", *arguments, "--json", input=url)
        assert made.exit_code == 0, made.output
        return json.loads(made.stdout)["id"]

    return create


def result_of(run, its):
    """The answer as JSON, and the exit code."""
    done = run("subscription", "test", its, "--json")
    assert done.stdout, done.stderr
    return json.loads(done.stdout), done.exit_code


@pytest.mark.parametrize("form", ["plain", "cloudevents", "cloudevents-binary"])
def test_test_message_is_published_and_shown_as_it_was(vhost, run, create, form):
    its = create(vhost.url, "--format", form, "--setting", "routing_key=nic.test")
    with closing(AmqpReader(vhost, "cmp")) as reader:
        found, code = result_of(run, its)
        message = reader.get()
        assert reader.get() is None
    shown = found["publication"]
    assert (code, found["is_delivered"], found["broker_answer"]) == (0, True, "routed")
    assert (found["request"], found["status_code"], found["error"]) == (None, None, None)
    assert (shown["exchange"], shown["routing_key"]) == ("cmp", "nic.test")
    assert message.delivery_info["routing_key"] == "nic.test"
    assert message.body == shown["body"]
    properties = message.properties
    assert properties["message_id"] == found["message_id"]
    assert properties["content_type"] == shown["content_type"]
    assert properties["application_headers"] == shown["headers"]
    assert "guest:" not in shown["url"]
    if form == "plain":
        assert json.loads(message.body)["type"] == "test"


def test_legacy_test_notification_is_marked(vhost, run, create):
    its = create(vhost.url, "--format", "nova", exchange="nova")
    with closing(AmqpReader(vhost, "nova")) as reader:
        found, _ = result_of(run, its)
        message = reader.get()
    assert found["publication"]["routing_key"] == "notifications.info"
    said = json.loads(json.loads(message.body)["oslo.message"])
    assert said["event_type"] == "vifcast.test"
    assert said["payload"]["vifcast_republished"] is True
    assert said["payload"]["subscription_id"] == its


def test_exchange_to_which_nothing_is_bound_is_unroutable(vhost, run, create):
    its = create(vhost.url, "--setting", "declare=true")
    found, code = result_of(run, its)
    assert (code, found["is_delivered"], found["broker_answer"]) == (1, False, "unroutable")
    assert "no queue is bound to exchange cmp" in found["error"]


def test_exchange_that_is_not_there_and_wrong_password_are_refused(vhost, run, create):
    for url, why in (
        (vhost.url, "create the exchange, or set declare to true"),
        (vhost.url.replace("guest:guest@", "guest:wrong@"), "ACCESS_REFUSED"),
        (f"{vhost.url.rpartition('/')[0]}/no-such-vhost", "no-such-vhost"),
    ):
        found, code = result_of(run, create(url))
        assert (code, found["broker_answer"]) == (1, "refused"), found
        assert why in found["error"]


def test_full_queue_refuses(vhost, run, create):
    its = create(vhost.url)
    with closing(AmqpReader(vhost, "cmp")) as reader:
        full = {"x-max-length": 0, "x-overflow": "reject-publish"}
        queue = reader.channel.queue_declare("", exclusive=True, arguments=full).queue
        reader.channel.queue_bind(queue, "cmp", "#")
        found, _ = result_of(run, its)
    assert found["broker_answer"] == "refused"
    assert "nack" in found["error"]


def test_broker_that_is_away_is_unreachable(run, create):
    found, code = result_of(run, create(f"amqp://guest:guest@127.0.0.1:{free_port()}/"))
    assert (code, found["broker_answer"]) == (1, "unreachable")
    assert "connection refused" in found["error"]


def test_command_prints_what_was_published(vhost, run, create):
    its = create(vhost.url)
    with closing(AmqpReader(vhost, "cmp")):
        printed = run("subscription", "test", its).stdout
    assert "PUBLISH to exchange cmp, routing key vifcast.test, at amqp://guest@" in printed
    assert "content-type: application/cloudevents+json" in printed
    assert '"type":"io.vifcast.test"' in printed
    assert printed.splitlines()[-2].startswith("routed from ")
    failed = run("subscription", "test", create(vhost.url, exchange="elsewhere"))
    assert failed.exit_code == 1
    assert "Not delivered: " in failed.stdout.splitlines()[-1]
