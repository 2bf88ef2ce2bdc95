"""The programs in docs/stream.md read every event once, also over a restart of the service."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ledger_events import attach_or_detach

PAGE = Path(__file__).parents[3] / "docs" / "stream.md"

# What follows the example: prints the id of each event, from the first on.
USED = {
    "python": """
import sys
for name, data in follow(sys.argv[1], {}, "0"):
    if name == "event":
        print(data["id"], flush=True)
""",
    "javascript": """
for await (const [name, data] of follow(process.argv[2], {}, "0")) {
  if (name === "event") console.log(data.id);
}
""",
}
RUN = {"python": (sys.executable, "example.py"), "javascript": ("node", "example.mjs")}


@pytest.mark.parametrize("language", RUN)
def test_example_reads_every_event_once_over_a_restart(language, serve, tmp_path):
    (example,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    program, name = RUN[language]
    (tmp_path / name).write_text(example + USED[language])
    listen = f"127.0.0.1:{free_port()}"
    server = serve("memory://", api__listen=listen)
    command = [program, str(tmp_path / name), f"{server.url}v1/stream"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            for number in range(3):
                stored = server.store.write(attach_or_detach(number), [])
                read = [int(running.stdout.readline()) for _ in stored]
                assert read == [each.id for each in stored]
                server.stop()
                server = serve("memory://", api__listen=listen)
        finally:
            running.kill()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
