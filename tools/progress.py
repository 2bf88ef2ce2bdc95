"""Runs a command with its output in a log file and signs of life on stderr.

Every few seconds a line says how long it has been running, so that nobody looks at a silent
minute. Nothing is written to stdout: that belongs to what the person asked for.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from errors import SetupError

PLAIN_INTERVAL_S = 5.0
SHOWN_LOG_LINES = 30


def say(text: str) -> None:
    """Write one line to stderr."""
    print(text, file=sys.stderr, flush=True)


def run(
    title: str,
    command: Sequence[str | Path],
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    advice: str = "",
) -> None:
    """Run ``command``, appending its output to ``log``, showing ``title`` and the time it takes.

    Raises SetupError with the end of the log and ``advice`` when the command fails.
    """
    words = [str(word) for word in command]
    log.parent.mkdir(parents=True, exist_ok=True)
    started_at = time.monotonic()
    with log.open("ab") as output:
        output.write(f"\n$ {' '.join(words)}\n".encode())
        output.flush()
        try:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env, cwd=cwd
            )
        except OSError as error:
            raise SetupError(f"{title}: cannot run {words[0]}: {error}. {advice}".strip()) from None
        with process:
            try:
                _wait(title, process, started_at)
            except BaseException:
                _end(process)
                raise
    elapsed_s = time.monotonic() - started_at
    if process.returncode:
        raise SetupError(
            f"{title}: failed after {elapsed_s:.0f} s (exit code {process.returncode})\n"
            f"{_tail(log)}\nThe whole log: {log}\n{advice}".rstrip()
        )
    say(f"  {title}: done in {elapsed_s:.1f} s")


def _wait(title: str, process: "subprocess.Popen[bytes]", started_at: float) -> None:
    while True:
        try:
            process.wait(timeout=PLAIN_INTERVAL_S)
        except subprocess.TimeoutExpired:
            say(f"  {title} ... {time.monotonic() - started_at:.0f} s")
        else:
            return


def _end(process: "subprocess.Popen[bytes]") -> None:
    # A terminal sends Ctrl-C to the child too; whoever sends SIGTERM does not.
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-SHOWN_LOG_LINES:]
    return "\n".join("    " + line for line in lines)


def environment(**changes: str) -> dict[str, str]:
    """This process's environment with ``changes`` on top."""
    return {**os.environ, **changes}
