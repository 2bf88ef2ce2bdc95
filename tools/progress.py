"""Runs a command with its output in a log file and one line of progress on stderr.

On a terminal the line is live; elsewhere (a log, a CI run) it is repeated every
few seconds, so that nobody looks at a silent minute. Nothing is ever written to
stdout: that belongs to what the person asked for.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from errors import SetupError

LIVE_INTERVAL_S = 0.2
PLAIN_INTERVAL_S = 5.0
SPINNER = "|/-\\"
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
                _show_until_done(title, process, started_at)
            except BaseException:
                _end(process)
                raise
    elapsed_s = time.monotonic() - started_at
    if process.returncode:
        _clear_live_line()
        raise SetupError(
            f"{title}: failed after {elapsed_s:.0f} s (exit code {process.returncode})\n"
            f"{_tail(log)}\nThe whole log: {log}\n{advice}".rstrip()
        )
    _clear_live_line()
    say(f"  {title}: done in {elapsed_s:.1f} s")


def _show_until_done(title: str, process: "subprocess.Popen[bytes]", started_at: float) -> None:
    live = sys.stderr.isatty()
    interval_s = LIVE_INTERVAL_S if live else PLAIN_INTERVAL_S
    for turn in range(sys.maxsize):
        try:
            process.wait(timeout=interval_s)
        except subprocess.TimeoutExpired:
            elapsed_s = time.monotonic() - started_at
            if live:
                line = f"  {SPINNER[turn % len(SPINNER)]} {title} {elapsed_s:.0f} s"
                width = shutil.get_terminal_size().columns - 1
                sys.stderr.write("\r\x1b[K" + line[:width])
                sys.stderr.flush()
            else:
                say(f"  {title} ... {elapsed_s:.0f} s")
        else:
            return


def _clear_live_line() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")


def _end(process: "subprocess.Popen[bytes]") -> None:
    # On Ctrl-C the terminal has told the child already; on SIGTERM nobody has.
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
