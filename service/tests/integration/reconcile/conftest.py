"""A cloud, and ``vifcast reconcile`` against it: the real openstacksdk."""

import json

import pytest
from click.testing import CliRunner

from fake_cloud import fake_cloud
from vifcast.cli import main


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    # The cache and state of openstacksdk's own configuration stay out of the test, too.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    with fake_cloud() as cloud:
        cloud.clouds_yaml(tmp_path)
        yield cloud


@pytest.fixture
def run(tmp_path, store):
    def command(*arguments, code=0):
        result = CliRunner().invoke(
            main,
            [
                "reconcile", "--cloud", "test", "--settle-s", "0", "--data-dir", str(tmp_path),
                *arguments,
            ],
        )  # fmt: skip
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    return command


@pytest.fixture
def found(run):
    def command(*arguments, code=0):
        return json.loads(run("--json", *arguments, code=code).stdout)

    return command
