"""Beside a Nova that is patched by hand nothing is sent twice."""

import json

from lab import broker, forks
from lab.wire import phases


def run_story(directory, drivers, first_on_path):
    """What lab.child printed: ``{"notified": [...], "log": str}``."""
    # A vhost of its own: this process may be sending still what the tests before left.
    url = broker.new_vhost()
    output = forks.run("lab.child", url, directory, *drivers, first_on_path=first_on_path)
    return json.loads(output.splitlines()[-1])


def test_what_the_hand_patch_sends_is_left_to_it(patched_nova, tmpdir):
    run = run_story(str(tmpdir), ["messagingv2", "vifcast"], patched_nova)
    notified = run["notified"]
    assert phases(notified) == [
        "attach.start",
        "attach.end",
        "detach.start",
        "detach.end",
        "attach.start",
        "attach.error",
        "attach.start",
        "attach.end",
        "detach.start",
        "detach.end",
    ]
    # Ours are those that the patch does not send: failures and port deletions.
    ours = [n["event_type"].rsplit("_", 1)[1] for n in notified if "interface" in n["payload"]]
    assert ours == ["attach.error", "detach.start", "detach.end"]
    assert run["log"].count("this Nova is hand-patched") == 1
    assert "interface_attach.start" in run["log"]


def test_unpatched_nova_is_not_taken_for_patched(tmpdir):
    run = run_story(str(tmpdir), ["messagingv2", "vifcast"], None)
    assert len(run["notified"]) == 10
    assert all("interface" in n["payload"] for n in run["notified"])
    assert "hand-patched" not in run["log"]
    assert run["log"].count("vifcast-nova 0.1.0 is on") == 1


def test_without_our_line_in_nova_conf_nothing_is_sent(tmpdir):
    run = run_story(str(tmpdir), ["messagingv2"], None)
    assert run["notified"] == []
    assert "vifcast" not in run["log"]
