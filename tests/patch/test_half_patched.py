"""Some of the eight lines: apply leaves such a tree, revert takes out what is ours."""

import re

import pytest

from trees_to_patch import Nova, Patch

OURS = re.compile(
    rb" +(?:self\._notify_about_instance_usage\(context, instance, \"interface_.*"
    rb"|'compute\.instance\.interface_(?:at|de)tach\..*)\n"
)


@pytest.mark.parametrize("number", range(8))
def test_one_line_missing_is_reported_and_revert_removes_the_rest(
    newest: Nova, patch: Patch, number: int
) -> None:
    original = newest.files()
    patch("apply", newest)
    path = newest.manager if number < 4 else newest.rpc
    line = OURS.findall(path.read_bytes())[number % 4]
    newest.change(path, line, b"")
    half = newest.files()

    checked = patch("check", newest)
    assert checked.code == 4
    assert b"nova: partly patched" in checked.out
    assert (checked.out.count(b": missing\n"), checked.out.count(b": ours\n")) == (1, 7)
    for action in ("show", "apply"):
        refused = patch(action, newest)
        assert (refused.code, refused.out) == (4, b"")
        assert "is partly patched" in refused.err
    assert newest.files() == half

    assert patch("revert", newest).code == 0
    assert newest.files() == original


def test_one_file_patched_as_a_crash_leaves_it(newest: Nova, patch: Patch) -> None:
    original = newest.files()
    patch("apply", newest)
    newest.rpc.write_bytes(original["nova/rpc.py"])
    assert patch("check", newest).code == 4
    assert patch("apply", newest).code == 4
    assert patch("revert", newest).code == 0
    assert newest.files() == original
