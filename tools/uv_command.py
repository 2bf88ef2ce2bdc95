"""uv, in the tools' own environment (run_nox.py), and what it is to know of pip's configuration.

uv does not read pip's configuration. Where that names another index, certificate or time
limit, uv gets the same as a variable; a variable of uv's own wins.
"""

import os
import subprocess
from pathlib import Path

from errors import SetupError
from places import ENVIRONMENTS
from progress import environment

TOOLS = ENVIRONMENTS / "tools"
PYTHON = TOOLS / "bin" / "python"
UV = TOOLS / "bin" / "uv"

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
    lines = (line.partition("=") for line in listed.stdout.splitlines())
    return {key.rpartition(".")[2]: value.strip("'\"") for key, _, value in lines}
