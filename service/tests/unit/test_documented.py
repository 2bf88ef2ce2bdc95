"""Every option, metric and command is in the documentation."""

import re
from pathlib import Path

import pytest
import yaml

import vifcast
from vifcast.cli import main
from vifcast.host import HostState
from vifcast.metrics import Metrics
from vifcast.options import OPTIONS
from vifcast.store.backends.schema_version import NEWEST

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("group", OPTIONS)
def test_option_is_documented_with_its_default(group):
    sample = (DOCS / "vifcast.conf.sample").read_text()
    section = sample.split(f"\n[{group}]\n" if group != "DEFAULT" else "[DEFAULT]\n")[1]
    lines = section.split("\n[")[0].splitlines()
    for option in OPTIONS[group]:
        default = option.default
        if isinstance(default, list):
            default = ",".join(default)
        if isinstance(default, bool):
            default = str(default).lower()
        if default is None:
            default = option.sample_default or "<None>"
        assert f"#{option.dest} = {default}".rstrip() in lines
        assert option.help


def test_configuration_page_shows_the_options_of_the_service():
    page = (DOCS / "configuration.md").read_text()
    assert "\n.. show-options:: vifcast\n" in page
    assert "| option |" not in page


def test_schema_is_documented_as_this_release_prints_it():
    page = (DOCS / "database.md").read_text()
    assert set(re.findall(r"(?:schema|release has) (\d{4})", page)) == {NEWEST}


def test_metrics_are_documented():
    page = (DOCS / "metrics.md").read_text()
    names = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in Metrics().registry.collect()
    }
    missing = [name for name in sorted(names) if f"`{name}`" not in page]
    assert not missing


def test_documented_metrics_exist():
    page = (DOCS / "metrics.md").read_text()
    documented = {
        line.split("`")[1] for line in page.splitlines() if line.startswith("| `vifcast_")
    }
    names = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in Metrics().registry.collect()
    }
    assert documented <= names


def rules():
    """The alerting rules of docs/alert.md."""
    page = (DOCS / "alert.md").read_text()
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (group,) = yaml.safe_load(text)["groups"]
    return group["rules"]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_alert_is_on_metrics_and_labels_that_exist(rule):
    assert rule.keys() <= {"alert", "expr", "for", "annotations"}
    families = list(Metrics().registry.collect())
    names = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    metrics = set(re.findall(r"\b(?:vifcast_\w+|up\b)", rule["expr"]))
    assert metrics
    assert metrics <= names | {"up"}
    labels = dict(re.findall(r'(\w+)=~?"([^"]*)"', rule["expr"]))
    known = {
        "state": {*HostState, "open", "closed", "reconciled"},
        "outcome": {"dead_letter"},
        "job": {"vifcast"},
    }
    for label, values in labels.items():
        assert set(values.split("|")) <= known[label]


def test_alerts_page_says_what_to_do_about_each():
    page = (DOCS / "alert.md").read_text().split("| alert | page |")[1]
    assert set(re.findall(r"`(Vifcast\w+)`", page)) == {rule["alert"] for rule in rules()}


def test_commands_are_documented():
    page = (DOCS / "service.md").read_text()
    for name, command in main.commands.items():
        for part in getattr(command, "commands", {"": None}):
            assert f"`vifcast {name} {part}".rstrip() in page


def test_architecture_page_names_every_package():
    page = (DOCS / "architecture.md").read_text()
    roots = Path(vifcast.__file__).parent, DOCS.parent / "nova-plugin" / "vifcast_nova"
    for root in roots:
        table = page.split(f"| package of `{root.name}` |")[1].split("\n\n")[0]
        named = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
        there = {path.parent.name for path in root.glob("*/__init__.py")}
        assert sorted(named) == sorted(there)


def test_architecture_page_names_every_room_of_the_store():
    page = (DOCS / "architecture.md").read_text()
    rows = page.split("| in `vifcast/store/` |")[1].split("\n\n")[0].splitlines()[2:]
    named = [name for row in rows for name in re.findall(r"`([\w.]+/?)`", row.split(" | ")[0])]
    store = Path(vifcast.__file__).parent / "store"
    packages = {f"{path.parent.name}/" for path in store.glob("*/__init__.py")}
    modules = {path.name for path in store.glob("[!_]*.py")}
    assert sorted(named) == sorted(packages | modules)


def test_every_page_is_in_the_index():
    index = (DOCS / "index.md").read_text()
    pages = {path.stem for path in DOCS.glob("*.md")} - {"index"}
    assert pages == {line for line in index.splitlines() if re.fullmatch(r"[a-zA-Z.-]+", line)}
