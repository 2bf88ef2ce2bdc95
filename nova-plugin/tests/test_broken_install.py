"""A vifcast-nova that cannot be imported costs nova-compute nothing but a warning."""

import json
import os
import subprocess
import sys

import pytest
from processes.broken import SOUND, is_part

HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What processes/broken.py found, a list of dict."""
    folder = str(tmp_path_factory.mktemp("nova"))
    command = [sys.executable, "-W", "ignore", "-m", "processes.broken", folder]
    output = subprocess.check_output(command, cwd=HERE)
    return json.loads(output.decode("utf-8").splitlines()[-1])


def test_nothing_broken_is_hooked_and_warns_of_nothing(results):
    sound = results[0]
    assert sound["module"] is None
    assert sound["hooked"], sound
    assert sound["logged"] == []


def test_what_is_not_for_nova_is_not_loaded(results):
    loaded = set(results[0]["loaded"])
    assert {"vifcast_nova.hooks.install", "vifcast_nova.hooks.wrappers"} <= loaded
    assert not [name for name in loaded if name.startswith("vifcast_nova.cli")]


def test_every_module_was_broken_in_every_way(results):
    names = set(results[0]["loaded"]) - set(SOUND)
    kinds = {"ImportError", "SyntaxError", "AssertionError", "SystemExit"}
    expected = set()
    for name in names:
        expected |= {(name, kind) for kind in (["ImportError"] if is_part(name) else kinds)}
    assert {(result["module"], result["exception"]) for result in results[1:]} == expected


def test_nova_starts_and_notifies_and_logs_it_once(results):
    for result in results[1:]:
        assert "died" not in result, result
        assert {"vifcast", "vifcast_outbox"} <= set(result["drivers"]), result
        assert not result["hooked"], result
        reasons = [line for line in result["logged"] if "could not be loaded" in line]
        # One of each driver at most; that of vifcast_outbox where that is what is broken.
        assert 1 <= len(reasons) <= 2, result
        assert len({reason.split()[0] for reason in reasons}) == len(reasons)
        assert all(result["exception"] in reason for reason in reasons)
