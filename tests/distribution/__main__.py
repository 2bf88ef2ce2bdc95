"""The command; see the package. Its last line is ``DISTRIBUTION nova=… …``."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.distribution.debian import Debian, FailedError

ROOT = Path(__file__).parents[2]
HEADING = "### Nova from Debian's or Ubuntu's packages"
NOVA_CONF = "[oslo_messaging_notifications]\ndriver = vifcast_outbox\ndriver = vifcast\n"
IS_ON_WITHIN_S = 120


def documented() -> list[str]:
    """The commands of docs/nova.md for Nova from packages."""
    page = (ROOT / "docs/nova.md").read_text()
    section = page.partition(HEADING)[2].partition("\n## ")[0].partition("\n### ")[0]
    return re.findall(r"^    (\S.*)$", section, re.MULTILINE)


def main() -> None:
    """Make it, install, check, start nova-compute, and take it out again."""
    debian = Debian(ROOT / ".cache/debian-nova")
    debian.make()
    debian.renew()
    (wheel,) = (ROOT / "dist").glob("vifcast_nova-*.whl")
    shutil.copy2(wheel, debian.folder / "root")
    url = os.environ["VIFCAST_TEST_RABBITMQ_URL"].replace("amqp://", "rabbit://")
    conf = debian.folder / "etc/nova/nova.conf"
    # The last value counts, and sections add up.
    conf.write_text(f"{conf.read_text()}\n[DEFAULT]\ntransport_url = {url}/\n{NOVA_CONF}")

    install, check, uninstall = _by_name(documented(), " install ", " check", " uninstall ")
    plain = install[-1].replace(" --break-system-packages", "")
    output = debian.run("apt-get install --yes python3-pip && " + plain, fails=True)
    _expect("externally-managed-environment", output)
    print(f"$ {plain}\n... externally-managed-environment", flush=True)
    for line in install:
        print(f"$ {line}", flush=True)
        output = debian.run(line)
    _expect("Successfully installed vifcast-nova", output)

    print(f"$ {check[0]}", flush=True)
    output = debian.run(check[0])
    print(output, flush=True)
    for expected in ("OK    entry point:", "OK    hook points: all there", "OK    driver:"):
        _expect(expected, output)
    nova = re.search(r"with Nova (\S+) of (\S+)", output)
    log = _is_on(debian)
    print(log, flush=True)
    print(f"$ {uninstall[0]}", flush=True)
    debian.run(uninstall[0])
    _expect("No module named", debian.run(check[0], fails=True))
    print(
        f"DISTRIBUTION debian=12 nova={nova and nova[1]} of={nova and nova[2]} hooks=found on=yes"
    )


def _by_name(lines: list[str], *names: str) -> list[list[str]]:
    return [[line for line in lines if name in line] for name in names]


def _is_on(debian: Debian) -> str:
    """The line of the packaged nova-compute's log that says so; it has no conductor to go on."""
    command = debian.command("exec nova-compute --config-file /etc/nova/nova.conf 2>&1", "nova")
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip
    log = []
    started_at = time.monotonic()
    try:
        for line in process.stdout or ():
            log.append(line)
            if " is on: Nova " in line:
                return line
            if time.monotonic() - started_at > IS_ON_WITHIN_S:
                break
    finally:
        os.killpg(process.pid, 15)
        process.wait()
    raise FailedError(f"nova-compute does not say that vifcast-nova is on:\n{''.join(log)}")


def _expect(part: str, log: str) -> None:
    if part not in log:
        raise FailedError(f"no {part!r} in:\n{log}")


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("make distribution needs root: it makes a Debian in a folder, and a chroot.")
    try:
        main()
    except FailedError as error:
        sys.exit(str(error))
