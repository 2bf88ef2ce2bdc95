from pathlib import Path

import pytest

from vifcast.config import load_settings
from vifcast.errors import StoreError
from vifcast.store import Location


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/lib/vifcast/x.sqlite3", "/var/lib/vifcast/x.sqlite3"),
        ("mysql+pymysql://u:secret@db/vifcast?charset=utf8", "mariadb://u@db/vifcast"),
        ("mysql://u:secret@db:3307/vifcast", "mariadb://u@db:3307/vifcast"),
        ("mariadb+pymysql://u:secret@[::1]/v", "mariadb://u@[::1]/v"),
        ("postgresql://u:secret@db/vifcast?sslpassword=secret", "postgresql://u@db/vifcast"),
        ("postgresql+psycopg2://u:s%40cret@db/vifcast", "postgresql://u@db/vifcast"),
        ("postgres://db/vifcast", "postgresql://db/vifcast"),
    ],
)
def test_url_as_operators_write_it(url, shown):
    location = Location.from_url(url)
    assert str(location) == shown
    assert "secret" not in repr(location)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql+mysqldb://u:secret@db/v", r"names the driver 'mysqldb', .*; leave out \+mysqldb"),
        ("postgresql+asyncpg://u:secret@db/v", "names the driver 'asyncpg'"),
        ("oracle://u:secret@db/v", "names 'oracle', a database that vifcast does not"),
        ("mysql+pymysql://u:se@cret@db/v", "an @ too many"),
        ("mysql+pymysql://u:secret/v", "cannot be read"),
        ("mysql+pymysql://u:secret@db", "names no database"),
        ("postgresql://u:secret@db:port/v", "cannot be read"),
        ("sqlite://", "names no file"),
        ("sqlite://var/lib/x", "an absolute one has four slashes"),
        ("/var/lib/secret", "is no URL"),
        ("sqlite:///x.sqlite3", r"is relative, .*; write sqlite:////.*/x\.sqlite3"),
        ("sqlite:///:memory:", "is relative"),
        (
            "postgresql://u:secret@db:65536/v",
            "names a port above 65535",
        ),
        ("mysql://u:99999999/secret", "names a port above"),
        ("mysql+pymysql://u:12@34secret/x@db/v", "an @ too many"),
        ("mysql+pymysql://u:12@34?secret@db/v", "an @ too many"),
        ("mysql+pymysql://u:12@se$cret/v", "names an invalid host"),
        ("u:secret://x@db/v", "is no URL"),
        ("mysql://u:\udce4secret@db/v", "is not UTF-8"),
        ("postgresql://u:secret@one:1,two:2/v", "names several hosts"),
        ("postgresql://u:secret@one,two/v", "names several hosts"),
        ("postgresql://u:secret@/v?host=one,two", "names several hosts"),
        ("postgresql://u:secret@/v?host=one:1&host=two:2", "names several hosts"),
    ],
)
def test_url_that_makes_no_sense_is_refused_without_its_password(url, sentence):
    with pytest.raises(StoreError, match=sentence) as refused:
        Location.from_url(url)
    assert "secret" not in str(refused.value)
    assert "cret" not in str(refused.value)
    assert "99999999" not in str(refused.value)


@pytest.mark.parametrize("written", ["1#2", "1?2", "1/2", "a:b", "$$", "${x}", "a,b/c", "ü ", "%"])
def test_what_does_no_harm_in_a_password_need_not_be_encoded(written):
    for scheme in ("mysql", "postgresql"):
        assert Location.from_url(f"{scheme}://u:{written}@db/v").url.password == written


def test_comma_in_a_password_is_no_second_host():
    assert str(Location.from_url("postgresql://u:a,b@db/v")) == "postgresql://u@db/v"


def test_connection_wins_over_the_data_directory():
    settings = load_settings(overrides={"DEFAULT.data_dir": "/data"})
    assert Location.from_settings(settings).path == Path("/data/vifcast.sqlite3")
    named = {"database.connection": "postgresql://db/v", "database.timeout_s": 3}
    settings = load_settings(overrides={"DEFAULT.data_dir": "/data"} | named)
    location = Location.from_settings(settings)
    assert (str(location), location.timeout_s, location.path) == ("postgresql://db/v", 3, None)
