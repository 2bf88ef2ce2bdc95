"""What uv takes over of pip's configuration; pip itself reads it."""

from pathlib import Path

import pytest
import uv_command

INDEX = "https://index.example.com/simple"


@pytest.fixture(autouse=True)
def only_this_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration but a test's own, read by this environment's own pip."""
    for name in ("PIP_INDEX_URL", "PIP_CERT", "PIP_DEFAULT_TIMEOUT", "PIP_TIMEOUT", "PIP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_HTTP_TIMEOUT", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


def test_pip_index_time_limit_and_certificate_are_passed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", INDEX)
    monkeypatch.setenv("PIP_DEFAULT_TIMEOUT", "77")
    monkeypatch.setenv("PIP_CERT", "/some/ca.pem")
    settings = uv_command.uv_environment()
    assert settings["UV_DEFAULT_INDEX"] == INDEX
    assert settings["UV_HTTP_TIMEOUT"] == "77"
    assert settings["SSL_CERT_FILE"] == "/some/ca.pem"


def test_pip_configuration_file_counts_as_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "pip.conf"
    file.write_text(f"[global]\nindex-url = {INDEX}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    assert uv_command.uv_environment()["UV_DEFAULT_INDEX"] == INDEX


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_what_was_said_to_uv_itself_wins(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", INDEX)
    monkeypatch.setenv(name, "https://other.example.com/simple")
    settings = uv_command.uv_environment()
    assert settings[name] == "https://other.example.com/simple"
    assert settings.get("UV_DEFAULT_INDEX") != INDEX


def test_without_configuration_no_index_is_named() -> None:
    settings = uv_command.uv_environment()
    assert "UV_DEFAULT_INDEX" not in settings
