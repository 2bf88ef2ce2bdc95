"""``/v1`` keeps what its document promises: schemathesis sends what that allows, and more.

Examples, borders of every type, random values, and sequences in which one answer leads to the
next request; with all of its checks. What it sends is the same each time (schemathesis.toml).
"""

import subprocess
import sys
from pathlib import Path

from host_reports import make_report
from ledger_events import attach_or_detach, make_event, make_letter
from vifcast import times
from vifcast.token import Role, new_token

CONFIG = Path(__file__).with_name("schemathesis.toml")
TIMEOUT_S = 400


def test_schemathesis_finds_nothing(serve, tmp_path):
    server = serve("memory://", api__auth="token")
    store = server.store
    for number in range(3):
        store.write(
            attach_or_detach(number, port_id=f"port-{number}"),
            [make_letter(b"%d" % number)],
            [make_report()],
        )
    store.write([make_event(phase="error", operation_id="failed", error_class="PortInUse")], [])
    store.start_reconciliation(
        times.now(), cloud="test", project_id=None, fixes=False, requested_by="somebody"
    )
    token, text = new_token("schemathesis", Role.ADMIN, None, times.now(), None)
    store.add_token(token)
    ran = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run",
            f"{server.url}openapi.json", "--checks", "all", "--no-color",
            "--header", f"Authorization: Bearer {text}",
            # It does not end; test_stream.py reads it.
            "--exclude-path", "/v1/stream",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=TIMEOUT_S,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Authentication failed" not in ran.stdout, ran.stdout
