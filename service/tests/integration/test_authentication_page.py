"""The commands of docs/authentication.md, by OpenStack's own client at a real Keystone."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from keystone_files import ADMIN, PASSWORD

PAGE = Path(__file__).parents[3] / "docs" / "authentication.md"
OPENSTACK = Path(sys.executable).with_name("openstack")


def commands(program="openstack "):
    text = re.sub(r"\\\n\s*", "", PAGE.read_text())
    return [line.strip() for line in re.findall(rf"^ {{4}}({program}.*)$", text, re.MULTILINE)]


@pytest.fixture
def shell(private_keystone):
    """Run a line as somebody types it who has openstack, and a file of credentials sourced."""

    def run(line, user=ADMIN, password=PASSWORD, project="admin"):
        environment = {name: each for name, each in os.environ.items() if name[:3] != "OS_"} | {
            "PATH": f"{OPENSTACK.parent}:{os.environ['PATH']}",
            "OS_AUTH_URL": private_keystone.auth_url,
            "OS_IDENTITY_API_VERSION": "3",
            "OS_USERNAME": user,
            "OS_PASSWORD": password,
            "OS_PROJECT_NAME": project,
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
        }
        done = subprocess.run(
            ["/bin/sh", "-c", line], env=environment, text=True, capture_output=True,
            timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    return run


@pytest.mark.timeout(900)
def test_commands_make_user_service_and_endpoint(shell, private_keystone, serve, tmp_path):
    private_keystone.create_project("service")
    made = commands()
    assert [command.split()[1] for command in made] == [
        "user", "role", "service", "endpoint", "application",
    ]  # fmt: skip
    for command in made[:4]:
        # Nobody is there to type it.
        typed = command.replace("--password-prompt", "--password made-up")
        shell(typed.replace("https://vifcast.example", "http://127.0.0.1"))
    written = PAGE.read_text()
    section = re.search(r"^ {4}\[keystone_authtoken\]\n((?: {4}\S.*\n)+)", written, re.MULTILINE)[1]
    changed = {
        "www_authenticate_uri": private_keystone.auth_url,
        "auth_url": private_keystone.auth_url,
        "password": "made-up",
    }
    lines = []
    for line in section.splitlines():
        name, _, value = line.strip().partition(" = ")
        if name != "memcached_servers":
            lines.append(f"{name} = {changed.get(name, value)}")
    file = tmp_path / "vifcast.conf"
    file.write_text("\n".join(["[keystone_authtoken]", *lines, ""]))
    server = serve("memory://", config_file=file, api__auth="keystone")
    project = private_keystone.create_project()
    user = private_keystone.create_user("reader", scope=project)
    as_user = {"user": user.name, "password": user.password, "project": project.name}
    (request,) = commands('curl -H "X-Auth-Token')
    asked = request.replace("https://vifcast.example:8733/", server.url)
    assert '"items"' in shell(f"{asked} --silent --show-error --fail-with-body", **as_user)
    # The credential of the page, and its one rule.
    shell(made[4], **as_user)
