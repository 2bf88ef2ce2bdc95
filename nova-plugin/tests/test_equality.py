"""A patched Nova and an unmodified one with the plug-in send the same, byte for byte.

Ids are fixed and the clock stands still, so that all but ``message_id`` and
``_unique_id``, which are random, must be equal: envelope and key order, AMQP
properties, routing key, context, payload, order. The plug-in's failures and port
deletions come on top, and nothing else.
"""

import json
import re

import pytest
from lab import broker, forks
from lab.wire import is_about_nics, phases

RANDOM = re.compile(r'\\"(message_id|_unique_id)\\": \\"([0-9a-f-]{32,36})\\"')
WITHOUT_TOKEN = r'\"_context_auth_token\": null'
TOKEN = r'\"_context_auth_token\": \"a-secret-token\"'
# What the plug-in sends in each step over and above what the patch sends.
ON_TOP = {
    "attach fails in the driver": ["attach.error"],
    "attach fails in its allocation": ["attach.error"],
    "detach fails": ["detach.error"],
    "port is deleted": ["detach.start", "detach.end"],
}
SUCCESSES = {
    "attach by network": "attach",
    "attach by port to another server": "attach",
    "attach with a requested IP": "attach",
    "attach with a tag": "attach",
    "detach": "detach",
    "detach after a failure": "detach",
}


@pytest.fixture(scope="module")
def story(tmpdir_factory):
    """Runs the story, or has what came of the same one before: ``run`` without its place."""
    known = {}

    def story(notification_format, drivers, first_on_path=None):
        asked = (notification_format, tuple(drivers), first_on_path)
        if asked not in known:
            # A vhost of its own: this process may be sending still what the tests before left.
            url = broker.new_vhost()
            known[asked] = run(url, str(tmpdir_factory.mktemp("story")), *asked)
        return known[asked]

    return story


def run(url, directory, notification_format, drivers, first_on_path):
    """Whose manager.py ran, and ``[(step, [its NIC messages], [its other messages])]``."""
    arguments = (url, directory, notification_format) + drivers
    output = forks.run("lab.equality", *arguments, first_on_path=first_on_path)
    printed = json.loads(output.splitlines()[-1])
    steps = []
    for name, messages in printed["steps"]:
        nics = [m for m in messages if is_about_nics(decoded(m))]
        steps.append((name, nics, [m for m in messages if m not in nics]))
    return printed["manager"], steps


def decoded(message):
    """The notification in a message."""
    return json.loads(json.loads(message["body"])["oslo.message"])


def without_random(message):
    """The message with two fixed words for what is random, in the very text of its body.

    And without the token, which oslo.messaging sends before 14.4.0; the outbox does not.
    """
    body, count = RANDOM.subn(r'\\"\1\\": "*"', message["body"])
    assert count == 2, message["body"]
    return dict(message, body=body.replace(TOKEN, WITHOUT_TOKEN))


def suffixes(messages):
    return phases([decoded(m) for m in messages])


@pytest.mark.parametrize("notification_format", ["unversioned", "both"])
def test_what_both_send_is_equal_and_the_rest_is_failures_and_deletions(
    story, patched_nova, notification_format
):
    runs = []
    for name, drivers, tree in (
        ("patch", ["messagingv2"], patched_nova),
        ("plug-in", ["messagingv2", "vifcast"], None),
    ):
        manager, steps = story(notification_format, drivers, tree)
        assert manager.startswith(patched_nova) == (name == "patch")
        runs.append(steps)
    with_patch, with_plugin = runs
    assert [step[0] for step in with_patch] == [step[0] for step in with_plugin]
    for (name, by_patch, others), (_, by_plugin, their_others) in zip(*runs):
        on_top = ON_TOP.get(name, [])
        assert suffixes(by_plugin) == suffixes(by_patch) + on_top, name
        if name in SUCCESSES:
            verb = SUCCESSES[name]
            assert suffixes(by_patch) == [verb + ".start", verb + ".end"], name
        for one, other in zip(by_patch, by_plugin):
            assert TOKEN not in other["body"]
            assert without_random(other) == without_random(one), name
        # Nova's own, in the same order and among the others' in the same place.
        assert [decoded(m)["event_type"] for m in their_others] == [
            decoded(m)["event_type"] for m in others
        ], name


@pytest.mark.parametrize("notification_format", ["unversioned", "versioned", "both"])
def test_vifcast_outbox_sends_what_messagingv2_sends(story, notification_format):
    runs = [
        story(notification_format, [driver, "vifcast"])[1]
        for driver in ("messagingv2", "vifcast_outbox")
    ]
    largest, seen = 0, set()
    for (name, nics, others), (other_name, their_nics, their_others) in zip(*runs):
        assert name == other_name
        for kind, theirs in ((nics, their_nics), (others, their_others)):
            assert [without_random(m) for m in theirs] == [without_random(m) for m in kind]
        for message in their_others:
            largest = max(largest, len(message["body"]))
            seen.add((message["routing_key"], decoded(message)["event_type"]))
    # Both priorities and each format, from nova-compute itself, small and large.
    expected = set()
    if notification_format != "versioned":
        expected |= {
            ("notifications.info", "compute.instance.pause.end"),
            ("notifications.info", "compute.instance.update"),
            ("notifications.error", "pause_instance"),
        }
    if notification_format != "unversioned":
        expected |= {
            ("versioned_notifications.info", "instance.interface_attach.start"),
            ("versioned_notifications.info", "instance.update"),
            ("versioned_notifications.error", "compute.exception"),
        }
    assert expected <= seen
    assert largest > 300000


def test_the_eye_sees_a_difference():
    body = json.dumps(
        {"oslo.message": json.dumps({"message_id": "0" * 36, "_unique_id": "0" * 32, "a": 1})}
    )
    one = {"body": body, "routing_key": "notifications.info"}
    assert without_random(one) == without_random(dict(one, body=body.replace("00", "1f")))
    for other in (dict(one, body=body.replace(": 1", ": 2")), dict(one, routing_key="x")):
        assert without_random(one) != without_random(other)
