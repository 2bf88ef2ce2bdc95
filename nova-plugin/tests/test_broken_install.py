"""A vifcast-nova that cannot be imported costs nova-compute nothing but a warning."""

import json
import os
import pkgutil
import subprocess
import sys

import pytest
import vifcast_nova

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
    names = {m.name for m in pkgutil.iter_modules(vifcast_nova.__path__)} - {"driver"}
    kinds = {"ImportError", "SyntaxError", "AssertionError", "SystemExit"}
    tried = {(result["module"], result["exception"]) for result in results[1:]}
    assert tried == {(name, kind) for name in names for kind in kinds}


def test_nova_starts_and_notifies_and_is_told_once(results):
    for result in results[1:]:
        assert "died" not in result, result
        assert "messagingv2" in result["drivers"], result
        assert not result["hooked"], result
        reasons = [line for line in result["told"] if "could not be loaded" in line]
        assert len(reasons) == 1, result
        assert result["exception"] in reasons[0]
