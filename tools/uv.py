"""uv, pinned and checked by hash, in a small environment of its own.

uv does not read pip's configuration. Where pip has been told of another index,
certificate or time limit, uv is told the same; what was said to uv itself wins.
"""

import os
import subprocess
import sys
from pathlib import Path

import debian
from errors import SetupError
from places import ENVIRONMENTS, LOCKS, LOGS
from progress import environment, run, say
from stamp import digest, is_stamped, remove_stamp, write_stamp

TOOLS = ENVIRONMENTS / "tools"
PYTHON = TOOLS / "bin" / "python"
UV = TOOLS / "bin" / "uv"
LOCK = LOCKS / "tools.txt"

# pip's name of a setting: (uv's name, what pip's value means there)
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "cert": "SSL_CERT_FILE",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "trusted-host": "UV_INSECURE_HOST",
    "proxy": "ALL_PROXY",
}
# Older names that uv still takes: whoever set one of them has decided.
SAME_IN_UV = {"UV_DEFAULT_INDEX": ("UV_INDEX_URL",)}
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def ensure_uv() -> None:
    """Build the environment that holds uv, unless it is there and current."""
    wanted = {"lock": digest(LOCK)}
    if is_stamped(TOOLS, wanted):
        return
    debian.ensure("python3-venv")
    say("Tools: uv, and what builds our own wheels")
    log = LOGS / "tools.log"
    log.unlink(missing_ok=True)
    remove_stamp(TOOLS)
    run("virtual environment", [sys.executable, "-m", "venv", "--clear", TOOLS], log)
    run(
        "uv from its lock",
        [
            PYTHON,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "install",
            "--require-hashes",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--requirement",
            LOCK,
        ],
        log,
        advice="Is a Python package index reachable? pip's own configuration is used for it.",
    )
    write_stamp(TOOLS, wanted)


def uv_environment() -> dict[str, str]:
    """The environment to run uv in."""
    settings: dict[str, str] = {"UV_NO_PROGRESS": "1", "UV_PYTHON_DOWNLOADS": "never"}
    for name, value in _pip_settings().items():
        ours = PIP_TO_UV.get(name)
        if ours and not any(os.environ.get(n) for n in (ours, *SAME_IN_UV.get(ours, ()))):
            settings[ours] = value
    if "SSL_CERT_FILE" not in {*os.environ, *settings} and SYSTEM_CERTIFICATES.exists():
        # uv brings certificates of its own; pip, curl and git trust the system's.
        settings["SSL_CERT_FILE"] = str(SYSTEM_CERTIFICATES)
    return environment(**settings)


def _pip_settings() -> dict[str, str]:
    """Settings of ``pip config list`` without their section, later ones winning."""
    listed = subprocess.run(
        [PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    if listed.returncode:
        raise SetupError(f"pip cannot read its configuration: {listed.stderr.strip()}")
    settings = {}
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        settings[key.rpartition(".")[2]] = value.strip("'\"")
    return settings
