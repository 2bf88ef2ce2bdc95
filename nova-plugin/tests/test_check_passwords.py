# coding: utf-8
"""Passwords with every odd sign, in nova.conf: they get through, or nothing of them is shown."""

from __future__ import unicode_literals

import io
import json
import os
import re
import sys
import uuid

import pytest
from lab import broker, checking

try:
    from urllib.parse import quote
except ImportError:  # Python 2.7
    from urllib import quote

HOST = "broker"

# The password, and whether it may stand in a transport_url as it is, $ as $$.
PASSWORDS = [
    ("plainzq", True),
    ("$zqone$", True),
    ("zq$$two", True),
    ("zq$zqthree", True),
    ("${zqfour}", True),
    ("zq\\five\\", True),
    ("10%zq", True),
    ("zq%41six", False),
    ("54321#zqseven", False),
    ("54321?zqeight", False),
    ("54321/zqnine", False),
    ("54321,zqten", False),
    ("54321zqeleven", True),
    ("zq:tw:elve", True),
    ("zq@thir@teen", True),
    ("zq@thir,teen", False),
    ("zq fourteen zq", True),
    ("'zqfifteen'", True),
    ('"zqsix"teen"', True),
    # Python 2.7 takes brackets for what they are.
    ("[zqseventeen]", sys.version_info < (3,)),
    ("zqüéßteen", True),
    ("zq日本語€teen", True),
    ("zqlong" * 300, True),
    ("`zq;rm&|<>~!^*()+={}", True),
]


def encoded(password):
    return quote(password.encode("utf-8"), safe=str(""))


def write_conf(directory, url):
    """As an operator's editor writes it: UTF-8."""
    path = checking.write_conf(directory, "URL")
    with io.open(path, encoding="utf-8") as conf:
        text = conf.read()
    with io.open(path, "w", encoding="utf-8") as conf:
        conf.write(text.replace("URL", url.replace("$", "$$"), 1))
    return path


def shows_nothing_of(password, checked):
    printed = checked.output + checked.errors
    assert "Traceback" not in printed
    for part in re.findall(r"\w{3,}", password, re.UNICODE):
        # As it is, and as JSON has it.
        assert part not in printed
        assert json.dumps(part).strip('"') not in printed


@pytest.fixture(scope="module")
def vhost():
    """Its URL, for kombu."""
    return broker.new_vhost()


def user_with(password, vhost):
    """Make a user with that password; its name."""
    name = "nasty-%s" % uuid.uuid4().hex[:12]
    broker.add_user(vhost, name, password)
    return name


def place_of(vhost):
    return vhost.split("@")[1]


def test_each_password_gets_through_where_it_is_encoded(check, vhost, tmpdir):
    place, name = place_of(vhost).split("/")
    users = [(user_with(each, vhost), each) for each, _ in PASSWORDS]
    hosts = ",".join("%s:%s@%s" % (user, encoded(each), place) for user, each in users)
    checked = check("--config-file", write_conf(tmpdir, "rabbit://%s/%s" % (hosts, name)))
    assert checked.not_ok() == [], checked.output
    for user, password in users:
        assert "as %s, virtual host" % user in checked.line(HOST)
        shows_nothing_of(password, checked)


@pytest.mark.parametrize(
    ("password", "gets_through"), PASSWORDS, ids=lambda each: encoded("%s" % each)[:20]
)
def test_password_as_it_is_gets_through_or_nothing_of_it_is_shown(
    check, vhost, tmpdir, password, gets_through
):
    user = user_with(password, vhost)
    conf = write_conf(tmpdir, "rabbit://%s:%s@%s" % (user, password, place_of(vhost)))
    checked = check("--config-file", conf)
    shows_nothing_of(password, checked)
    assert (checked.not_ok() == []) == gets_through, checked.output
    if not gets_through:
        assert checked.not_ok() == [HOST]
        shows_nothing_of(password, check.run(["outbox", "list", "--config-file", conf]))


def test_dollar_that_names_no_option_is_reported_with_advice(check, vhost, tmpdir):
    path = checking.write_conf(tmpdir, "rabbit://nova:zq$zqsecret@127.0.0.1:1/")
    checked = check("--config-file", path)
    assert checked.not_ok() == [HOST]
    assert "write $ as $$" in checked.line(HOST)
    shows_nothing_of("zqsecret", checked)
    assert os.path.exists(path)
