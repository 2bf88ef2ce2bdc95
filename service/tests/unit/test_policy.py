"""The policy, and what is refused of its file."""

import pytest

from vifcast.errors import ConfigError
from vifcast.identity.caller import LOCAL, Caller
from vifcast.identity.policy import ForbiddenError, Policy, View

READER = Caller("reader", "u", "p1", is_system=False, roles=("reader",))
LIST = "vifcast:event:list"


def policy(folder, rules=None, section=""):
    conf = folder / "vifcast.conf"
    conf.write_text(f"[oslo_policy]\n{section}\n")
    if rules is not None:
        (folder / "policy.yaml").write_text(rules)
    return Policy(conf)


def test_defaults(tmp_path):
    found = policy(tmp_path)
    assert found.view(LOCAL, LIST) == View(None, has_details=True)
    assert found.view(READER, LIST) == View("p1", has_details=False)
    with pytest.raises(ForbiddenError, match="vifcast:host:list does not allow this to reader"):
        found.require(READER, "vifcast:host:list")


@pytest.mark.parametrize("roles", [(), ("member",), ("service",)])
def test_without_the_role_of_a_reader_nothing(tmp_path, roles):
    caller = Caller("c", "u", "p1", is_system=False, roles=roles)
    with pytest.raises(ForbiddenError):
        policy(tmp_path).view(caller, LIST)


def test_reader_of_nothing_sees_nothing(tmp_path):
    caller = Caller("c", "u", None, is_system=False, roles=("reader",))
    with pytest.raises(ForbiddenError):
        policy(tmp_path).view(caller, LIST)


def test_file_changes_a_rule(tmp_path):
    rules = '"vifcast:host_details": "rule:project_reader"\n"ours": "role:ours"\n'
    assert policy(tmp_path, rules).view(READER, LIST) == View("p1", has_details=True)


HIDDEN = '"vifcast:event:list": "!"\n'


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("bad: [b", "line 1, column 6"),
        ("- a list\n", "it has no rules"),
        (f'{HIDDEN}"vifcast:host_detals": "!"\n', "unknown rule, 'vifcast:host_detals'"),
        (None, "it was removed; for the defaults, leave an empty file"),
    ],
)
def test_file_that_becomes_unusable_changes_nothing_and_is_logged_once(
    tmp_path, monkeypatch, caplog, broken, why
):
    monkeypatch.setattr("vifcast.identity.policy_file._LOOK_EVERY_S", 0)
    monkeypatch.setattr("vifcast.identity.policy._KEEP_S", 0)
    found = policy(tmp_path, HIDDEN)
    file = tmp_path / "policy.yaml"
    if broken is None:
        file.unlink()
    else:
        file.write_text(broken)
    for _ in range(3):
        assert not found.allows(LOCAL, LIST)
    assert why in found.problem()
    (record,) = caplog.records
    assert (record.levelname, str(file) in record.message) == ("ERROR", True)
    assert "\n" not in record.message
    assert "what it said before goes on to hold" in record.message

    file.write_text("")
    assert found.allows(LOCAL, LIST)
    assert found.problem() is None


def test_file_that_is_made_later_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("vifcast.identity.policy_file._LOOK_EVERY_S", 0)
    monkeypatch.setattr("vifcast.identity.policy._KEEP_S", 0)
    found = policy(tmp_path)
    assert found.allows(LOCAL, LIST)
    (tmp_path / "policy.yaml").write_text(HIDDEN)
    assert not found.allows(LOCAL, LIST)


@pytest.mark.parametrize(
    ("rules", "section", "why"),
    [
        (None, "policy_file = /nope.yaml", "there is no file /nope.yaml"),
        (None, "polcy_file = x.yaml", "unknown option, 'polcy_file'"),
        ('"vifcast:host_detals": "!"', "", "unknown rule, 'vifcast:host_detals'"),
        (": : bad\n - x", "", "cannot be used"),
    ],
)
def test_what_would_be_ignored_is_refused(tmp_path, rules, section, why):
    with pytest.raises(ConfigError, match=why):
        policy(tmp_path, rules, section)
