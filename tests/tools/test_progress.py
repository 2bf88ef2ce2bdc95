import sys
from pathlib import Path

import pytest
from errors import SetupError
from progress import run


def test_output_goes_to_the_log_and_nothing_to_stdout(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run("counting", [sys.executable, "-c", "print('one')"], tmp_path / "log")
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "counting: done in" in shown.err
    assert "one" in (tmp_path / "log").read_text()


def test_failure_shows_the_end_of_the_log_and_what_to_do(tmp_path: Path) -> None:
    program = "print(*range(100), sep='\\n'); raise SystemExit(3)"
    with pytest.raises(SetupError) as failure:
        run("counting", [sys.executable, "-c", program], tmp_path / "log", advice="Count again.")
    text = str(failure.value)
    assert "counting: failed" in text
    assert "exit code 3" in text
    assert "    99\n" in text
    assert "    50\n" not in text
    assert text.endswith("Count again.")


def test_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot run /nowhere/program"):
        run("starting", ["/nowhere/program"], tmp_path / "log")


def test_slow_command_gives_signs_of_life(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("progress.PLAIN_INTERVAL_S", 0.1)
    run("waiting", ["sleep", "0.5"], tmp_path / "log")
    assert capfd.readouterr().err.count("waiting ...") >= 2
