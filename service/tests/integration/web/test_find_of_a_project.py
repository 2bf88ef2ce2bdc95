"""Find, servers and ports, asked by the users of a project: theirs, and nothing of others."""

import re

import httpx
import pytest
from nics_over_time import operation

from vifcast.times import now
from vifcast.token import Role, new_token


@pytest.fixture(scope="module")
def tenants(module_serve):
    server = module_serve("memory://", api__auth="token")
    for number, project in enumerate(("one", "two"), start=1):
        failed = {"error_class": "LibvirtError", "error_message": f"no route to compute-{number}"}
        server.store.write(
            [
                operation("attach", 3, number, number, project_id=project, device_name="tap9"),
                operation("attach", 2, number, number + 4, project_id=project, phase="error",
                          operation_id=f"failed-{number}", **failed),
            ],
            [],
        )  # fmt: skip
    token, text = new_token("one", Role.READER, "one", now(), None)
    server.store.add_token(token)
    headers = {"authorization": f"Bearer {text}"}
    with httpx.Client(base_url=f"{server.url}ui/", headers=headers, timeout=60) as client:
        yield client


def said(answer):
    """The sentence of a page that says why it is none."""
    return re.search(r'role="alert">(.*?)</p>', answer.text)[1]


@pytest.mark.parametrize(
    "path",
    ["servers/server-{}", "ports/port-{}", "operations/attach-{0}-{0}", "operations/failed-{}"],
)
def test_project_sees_its_own_and_of_others_what_nobody_knows(tenants, path):
    own, others, unknown = (tenants.get(path.format(each)) for each in (1, 2, 3))
    assert (own.status_code, others.status_code, unknown.status_code) == (200, 404, 404)
    assert said(others).replace("-2", "-3") == said(unknown)
    for hidden in ("compute-", "tap9", "compute.compute", "no route"):
        assert hidden not in own.text


def test_events_of_others_are_not_there(tenants):
    assert [tenants.get(f"events/{each}").status_code for each in (1, 2, 3, 4)] == [
        200, 200, 404, 404,
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["find", "find/then", "find.csv", "find.json"])
def test_project_finds_its_own_alone(tenants, path):
    found = tenants.get(path, params={"q": "192.0.2.7", "kind": "ip"})
    assert found.status_code == 200
    assert "server-1" in found.text
    for hidden in ("server-2", "port-2", "web-2", "compute-1", "tap9"):
        assert hidden not in found.text


@pytest.mark.parametrize("text", ["server-2", "port-2", "web-2", "fa:16:3e:00:00:02", "two"])
def test_what_others_have_is_unknown(tenants, text):
    found = tenants.get("find", params={"q": text})
    assert found.status_code == 200
    assert "Nothing is known of" in found.text


@pytest.mark.parametrize(
    "asked", [{"q": "compute-1", "kind": "host"}, {"q": "two", "kind": "project"}]
)
def test_project_may_not_ask_by_host_or_for_another_project(tenants, asked):
    for path in ("find", "find/then", "find.json"):
        assert tenants.get(path, params=asked).status_code == 403
