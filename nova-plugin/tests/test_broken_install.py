"""A vifcast-nova that cannot be imported costs nova-compute nothing but a warning."""

import json
import os
import subprocess
import sys

import pytest
from lab import breaking

HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What processes/broken.py found, a list of dict."""
    folder = str(tmp_path_factory.mktemp("nova"))
    command = [sys.executable, "-W", "ignore", "-m", "processes.broken", folder]
    done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, check=True, timeout=300)
    return json.loads(done.stdout.decode("utf-8").splitlines()[-1])


def test_nothing_broken_is_hooked_and_warns_of_nothing(results):
    sound = results[0]
    assert sound["module"] is None
    assert sound["hooked"], sound
    assert sound["told"] == []


def test_every_module_was_broken_in_every_way(results):
    kinds = {"ImportError", "SyntaxError", "AssertionError", "SystemExit"}
    expected = set()
    for name in set(breaking.modules()) - {"driver"}:
        # One way will do for the parts of a package.
        expected |= {(name, kind) for kind in (["ImportError"] if "." in name else kinds)}
    assert {(result["module"], result["exception"]) for result in results[1:]} == expected


def test_nova_starts_and_notifies_and_is_told_once(results):
    for result in results[1:]:
        assert "died" not in result, result
        assert "messagingv2" in result["drivers"], result
        assert not result["hooked"], result
        reasons = [line for line in result["told"] if "could not be loaded" in line]
        assert len(reasons) == 1, result
        assert result["exception"] in reasons[0]
