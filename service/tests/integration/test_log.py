"""The log of a running process, as oslo.log's options of [DEFAULT] have it."""

import json
import re
import signal

import httpx
import pytest


@pytest.fixture
def serve_with(vifcast, tmp_path, until):
    def start(default):
        conf = tmp_path / "vifcast.conf"
        conf.write_text(f"[DEFAULT]\n{default}\n[ingest]\ntransport_url = memory://\n")
        return vifcast("serve", "--listen", "127.0.0.1:0", "--config-file", str(conf))

    return start


def test_by_default_to_stderr_with_time_and_level(serve_with, until):
    process = serve_with("")
    until(lambda: "page and API at" in process.errors, 60)
    line = next(each for each in process.err if "page and API at" in each)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} INFO page and API at .*\n", line)
    assert process.out == []


def test_json_in_a_file_with_the_ids_of_the_request(serve_with, tmp_path, until):
    serve_with(f"log_file = {tmp_path}/vifcast.log\nuse_json = true")
    log = tmp_path / "vifcast.log"
    until(lambda: log.exists() and "page and API at" in log.read_text(), 60)
    first = next(json.loads(each) for each in log.read_text().splitlines() if "page and" in each)
    assert (first["levelname"], first["name"]) == ("INFO", "vifcast")
    url = re.search(r"at (http://\S+),", first["message"])[1]
    sent = "req-8e0f3f3c-3b0c-4c5e-8d0b-111111111111"
    answer = httpx.get(
        f"{url}v1/events", params={"x": "1"}, headers={"x-openstack-request-id": sent}, timeout=60
    )
    own = answer.headers["x-openstack-request-id"]
    assert own != sent


@pytest.mark.parametrize(
    ("more", "is_on_stderr"),
    [("", False), ("use_stderr = true", True), ("use_stderr = false", False)],
)
@pytest.mark.parametrize("option", ["log_file = {}/vifcast.log", "log_dir = {}"])
def test_file_takes_the_place_of_stderr_unless_both_are_asked_for(
    serve_with, tmp_path, until, option, more, is_on_stderr
):
    folder = tmp_path / "log"
    folder.mkdir()
    process = serve_with(f"{option.format(folder)}\n{more}")
    until(lambda: any("page and API at" in each.read_text() for each in folder.iterdir()), 60)
    assert process.end(signal.SIGTERM) == 0
    assert ("page and API at" in process.errors) == is_on_stderr
    assert is_on_stderr or process.errors == ""


def test_level_of_our_own_messages(serve_with, until, tmp_path):
    process = serve_with("log_level = warning\nlog_file = " + str(tmp_path / "x.log"))
    log = tmp_path / "x.log"
    until(lambda: log.exists() and "exchange nova does not exist" in log.read_text(), 60)
    assert "page and API at" not in log.read_text()
    assert process.process.poll() is None


@pytest.mark.parametrize(
    ("default", "why"),
    [
        ("log_config_append = /nowhere.ini", "the options of the log in [DEFAULT] cannot be used"),
        ("log_file = /nowhere/x.log", "the options of the log in [DEFAULT] cannot be used"),
        (
            "log_fil = x",
            "[DEFAULT]; there are data_dir, log_level, and of the log config_source, debug, ",
        ),
        ("use_json = maybe", "vifcast.conf: option use_json in [DEFAULT]: Invalid Boolean value"),
    ],
)
def test_what_cannot_be_used(serve_with, default, why):
    process = serve_with(default)
    assert process.wait(60) == 1
    assert why in process.errors
    assert process.errors.count("\n") == 1
    assert "Traceback" not in process.errors
