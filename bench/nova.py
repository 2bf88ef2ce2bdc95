"""A Nova in a process of its own that attaches and says how long it took."""

import contextlib
import json
import os
import subprocess
import sys
import threading


class Nova:
    """``bench.nova_child`` as an object."""

    def __init__(self, drivers: list[str], directory: str, url: str, patched: str = "") -> None:
        path = [patched, *sys.path] if patched else sys.path
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bench.nova_child", url, directory, *drivers],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, path))},
        )
        self._read()

    def attach(self, count: int) -> list[float]:
        """Milliseconds of each of ``count`` attaches."""
        assert self._process.stdin is not None
        print(count, file=self._process.stdin, flush=True)
        return self._read()

    def is_stuck(self, timeout_s: float) -> bool:
        """Whether one attach takes longer than that; the Nova is of no use afterwards."""
        attach = threading.Thread(target=self._attach_if_alive, daemon=True)
        attach.start()
        attach.join(timeout_s)
        return attach.is_alive()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def _attach_if_alive(self) -> None:
        with contextlib.suppress(SystemExit):
            self.attach(1)

    def _read(self) -> list[float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a Nova has ended; its error is above")
        times_ms: list[float] = json.loads(line)
        return times_ms
