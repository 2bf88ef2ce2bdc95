"""docs/nova.md says all that there is to set and to read."""

import io
import os
import re
import shlex

import pytest
import vifcast_nova
from vifcast_nova.cli import main

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")


_COMMAND = re.compile(
    r"(?:vifcast-nova|[^`\s]+ -m vifcast_nova) ((?:check|outbox|patch)[^`#|\n]*)(?=[`#\n])"
)


def commands():
    """Of the pages, and of what is printed: what stands behind ``vifcast-nova``."""
    found = set()
    pages = [os.path.join(DOCS, name) for name in os.listdir(DOCS) if name.endswith(".md")]
    pages.append(os.path.join(DOCS, "..", "README.md"))
    for path in pages:
        with io.open(path, encoding="utf-8") as text:
            content = text.read()
        found.update(re.findall("`%s" % _COMMAND.pattern, content))
        found.update(re.findall(r"^ {4}(?:\$ )?%s" % _COMMAND.pattern, content, re.MULTILINE))
    package = os.path.dirname(vifcast_nova.__file__)
    for folder, _, names in os.walk(package):
        for name in names:
            if name.endswith(".py"):
                with io.open(os.path.join(folder, name), encoding="utf-8") as text:
                    source = re.sub(r'"\s+"', "", text.read())
                found.update(re.findall("`%s" % _COMMAND.pattern, source))
    return sorted(each.strip() for each in found if u"\u2026" not in each)


@pytest.mark.parametrize("line", commands())
def test_command_that_is_advised_is_one(line):
    words = shlex.split(line.replace("%s", "f58089324883"))
    if words in (["outbox"], ["patch"]):
        return  # the name of all of them
    try:
        main._parser().parse_args(words)
    except SystemExit as end:
        assert end.code == 0, line  # --help ends so; a wrong command line ends with 2


def page():
    with open(os.path.join(DOCS, "nova.md")) as text:
        return text.read()


def test_every_event_type_is_documented():
    for event_type in vifcast_nova.EVENT_TYPES:
        family, phase = event_type.rsplit(".", 1)
        assert family in page()
        assert ".%s`" % phase in page()
