"""Tokens of a real Keystone in memcached, and service tokens."""

import re
from collections.abc import Iterator

import httpx
import pytest

from keystone_server import Keystone
from memcached import Memcached

ENCRYPTED = {"memcache_security_strategy": "ENCRYPT", "memcache_secret_key": "made-up"}
LIFETIME_S = 5


@pytest.fixture
def memcached() -> Iterator[Memcached]:
    with Memcached() as server:
        yield server


@pytest.fixture
def start(vifcast, tmp_path, new_location, until):
    """Start ``vifcast api`` with [keystone_authtoken] of a Keystone; returns its URL."""
    processes = []

    def start(keystone, project, **more):
        service = keystone.create_user("service", scope=project)
        options = keystone.authtoken_options(service, project) | more
        conf = tmp_path / f"vifcast-{len(processes)}.conf"
        connection = new_location.url.render_as_string(hide_password=False)
        conf.write_text(
            "\n".join(
                [
                    f"[database]\nconnection = {connection}",
                    "[api]\nauth = keystone",
                    "[keystone_authtoken]",
                    *(f"{name} = {value}" for name, value in options.items()),
                    "",
                ]
            )
        )
        process = vifcast("api", "--config-file", str(conf), "--listen", "127.0.0.1:0")
        processes.append(process)
        until(lambda: "page and API at" in process.errors, 120)
        return re.search(r"page and API at (\S+),", process.errors)[1]

    return start


def status(url, token, service_token=None):
    headers = {"x-auth-token": token}
    if service_token is not None:
        headers["x-service-token"] = service_token
    return httpx.get(f"{url}v1/events", headers=headers, timeout=60).status_code


@pytest.mark.parametrize("security", [{}, ENCRYPTED], ids=["plain", "encrypted"])
def test_what_one_process_learned_goes_on_in_another_while_keystone_is_away(
    start, private_keystone, memcached, security, until
):
    project = private_keystone.create_project()
    user = private_keystone.create_user("reader", scope=project)
    known, unknown = (private_keystone.issue(user, project) for _ in range(2))
    options = {"memcached_servers": memcached.address} | security
    first, second = (start(private_keystone, project, **options) for _ in range(2))
    assert status(first, known) == 200
    assert memcached.items() == 1
    private_keystone.stop()
    assert (status(first, known), status(second, known)) == (200, 200)
    assert (status(first, unknown), status(second, unknown)) == (503, 503)
    # Without memcached nobody remembers, and each token is asked of Keystone.
    memcached.stop()
    assert status(second, known) == 503
    private_keystone.start()
    until(lambda: status(second, known) == 200, 60)
    memcached.start()
    assert status(first, known) == 200


def test_expired_token_counts_with_the_token_of_a_service(start, until):
    with Keystone(LIFETIME_S) as keystone:
        project = keystone.create_project()
        url = start(keystone, project, service_token_roles_required="true", token_cache_time=-1)
        user = keystone.create_user("reader", scope=project)
        service = keystone.create_user("service", scope=project)
        token = keystone.issue(user, project)
        assert status(url, token) == 200
        assert status(url, token, keystone.issue(service, project)) == 200
        # A service whose own token is none is refused, whatever the user's.
        assert status(url, token, "made-up") == 401
        until(lambda: status(url, token) == 401, 60)
        assert status(url, token, keystone.issue(service, project)) == 200
        # Who is no service cannot prolong it.
        assert status(url, token, keystone.issue(user, project)) == 401
        assert status(url, token, token) == 401
