"""A tree whose eight places are not certain is refused with a reason, and left as it is."""

import sys
from pathlib import Path

import pytest
from releases import NEWEST

from trees_to_patch import Nova, Patch, PatchProcess

NOT_UNDERSTOOD = 5
START_OF_ATTACH = b"INTERFACE_ATTACH,\n            phase=fields.NotificationPhase.START)"
CALL = b"compute_utils.notify_about_instance_action(\n            context, instance, self.host,\n            action=fields.NotificationAction.INTERFACE_ATTACH,\n            phase=fields.NotificationPhase.START"  # noqa: E501
DETACH_ENTRY = b"        'compute.instance.volume.detach',\n"

# (file, what stands there, what is put in its place, a word of the reason)
STRANGE = {
    "no START": ("manager", START_OF_ATTACH, START_OF_ATTACH.replace(b"START", b"OTHER"), "start"),
    "START twice": (
        "manager",
        b"        " + CALL + b")\n",
        b"        " + CALL + b")\n        " + CALL + b")\n",
        "start 2 times",
    ),
    "another name of the context": (
        "manager",
        CALL,
        CALL.replace(b"context,", b"ctxt,"),
        "has other names for context and instance",
    ),
    "after an if on its line": (
        "manager",
        b"        " + CALL,
        b"        if tag: " + CALL,
        "has something before",
    ),
    "after a backslash": (
        "manager",
        b"        " + CALL,
        b"        if tag: \\\n            " + CALL,
        "written in a way that vifcast-nova does not know",
    ),
    "no ComputeManager": (
        "manager",
        b"class ComputeManager(",
        b"class OtherManager(",
        "no class ComputeManager",
    ),
    "no sender": (
        "manager",
        b"def _notify_about_instance_usage(",
        b"def _notify_about_usage(",
        "has no _notify_about_instance_usage",
    ),
    "not Python": ("manager", b"class ComputeManager(", b"class class(", "cannot be read as"),
    "a NUL byte": ("rpc", b"class LegacyValidatingNotifier", b"\0class A", "NUL byte"),
    "no list": ("rpc", b"class LegacyValidatingNotifier", b"class OtherNotifier", "no list"),
    "no entry to go after": ("rpc", DETACH_ENTRY, b"", "volume.detach is 0 times"),
    "two entries on that line": (
        "rpc",
        DETACH_ENTRY,
        DETACH_ENTRY.replace(b",\n", b", 'x',\n"),
        "has another event type after",
    ),
    "a comma of the next line": (
        "rpc",
        DETACH_ENTRY,
        DETACH_ENTRY.replace(b",\n", b"\n        ,\n"),
        "written in a way that vifcast-nova does not know",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", STRANGE)
def test_a_strange_nova_is_refused(nova: Nova, patch: Patch, how: str) -> None:
    file, old, new, reason = STRANGE[how]
    nova.change(getattr(nova, file), old, new)
    before = nova.files()
    for action in ("show", "check", "apply"):
        refused = patch(action, nova)
        assert (refused.code, refused.out) == (NOT_UNDERSTOOD, b"")
        assert reason in refused.err
        assert str(nova.folder) in refused.err
    assert nova.files() == before


def test_a_file_that_is_damaged_or_nested_without_end_is_said_so(
    newest: Nova, patch: Patch
) -> None:
    whole = newest.rpc.read_bytes()
    newest.rpc.write_bytes(whole + b"\0")
    refused = patch("check", newest)
    assert (refused.code, "NUL byte" in refused.err) == (NOT_UNDERSTOOD, True)
    newest.rpc.write_bytes(whole + b"\nx = " + b"(" * 5000 + b")" * 5000 + b"\n")
    assert patch("check", newest).code == NOT_UNDERSTOOD


def test_a_folder_that_is_not_there_is_said_so(patch: Patch, tmp_path: Path) -> None:
    refused = patch("check", Nova(tmp_path / "nowhere", NEWEST))
    assert refused.code == NOT_UNDERSTOOD
    assert "there is no such folder" in refused.err


@pytest.mark.parametrize("action", ["show", "check", "apply", "revert"])
def test_what_is_no_nova_is_said_so(patch: Patch, tmp_path: Path, action: str) -> None:
    (tmp_path / "cinder").mkdir()
    refused = patch(action, Nova(tmp_path, NEWEST))
    assert refused.code == NOT_UNDERSTOOD
    assert f"{tmp_path} holds no Nova" in refused.err
    (tmp_path / "nova" / "compute").mkdir(parents=True)
    (tmp_path / "nova" / "compute" / "manager.py").write_text("import cinder\n")
    assert "is not Nova's" in patch(action, Nova(tmp_path, NEWEST)).err


def test_a_folder_in_the_place_of_a_file_is_said_so(nova: Nova, patch: Patch) -> None:
    nova.rpc.unlink()
    nova.rpc.mkdir()
    refused = patch("apply", nova)
    assert refused.code == NOT_UNDERSTOOD
    assert f"{nova.rpc} is a directory" in refused.err


def test_a_link_to_nowhere_is_said_so(nova: Nova, patch: Patch) -> None:
    nova.manager.unlink()
    nova.manager.symlink_to("/nowhere/manager.py")
    refused = patch("check", nova)
    assert refused.code == NOT_UNDERSTOOD
    assert "is a link to /nowhere/manager.py, which is not there" in refused.err


def test_without_a_folder_and_without_a_nova_the_folder_is_asked_for(
    patch_process: PatchProcess,
) -> None:
    refused = patch_process("check")
    assert refused.code == NOT_UNDERSTOOD
    assert f"{sys.executable} has no Nova to import" in refused.err
    assert "--nova DIR" in refused.err
