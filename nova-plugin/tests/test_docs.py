"""docs/nova.md says all that there is to set and to read."""

import os
import re

import vifcast_nova
from vifcast_nova import options

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")


def page():
    with open(os.path.join(DOCS, "nova.md")) as text:
        return text.read()


def test_every_option_is_documented_with_its_default():
    for option in options.OPTIONS:
        default = str(option.default).lower()
        assert "| `%s` | `%s` |" % (option.name, default) in page()


def test_no_option_is_documented_that_is_not_there():
    documented = re.findall(r"^\| `([a-z_]+)` \| `", page(), re.MULTILINE)
    assert sorted(documented) == sorted(option.name for option in options.OPTIONS)


def test_every_event_type_is_documented():
    for event_type in vifcast_nova.EVENT_TYPES:
        family, phase = event_type.rsplit(".", 1)
        assert family in page()
        assert ".%s`" % phase in page()
