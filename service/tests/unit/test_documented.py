"""Every option, metric and command is in the documentation."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
import yaml

import vifcast
from vifcast.cli import main
from vifcast.cli.main import ExitCode
from vifcast.client import Client
from vifcast.host import HostState
from vifcast.metrics import Metrics
from vifcast.options import OPTIONS
from vifcast.store.backends.schema_version import NEWEST
from vifcast.subscription.standing import StandingState

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
    names |= {f"{family.name}_bucket" for family in families if family.type == "histogram"}
    metrics = set(re.findall(r"\b(?:vifcast_\w+|up\b)", rule["expr"]))
    assert metrics
    assert metrics <= names | {"up"}
    labels = dict(re.findall(r'(\w+)=~?"([^"]*)"', rule["expr"]))
    known = {
        "state": {*HostState, *StandingState, "open", "closed", "reconciled"},
        "outcome": {"dead_letter", "dead"},
        "job": {"vifcast"},
    }
    for label, values in labels.items():
        assert set(values.split("|")) <= known[label]


def test_how_far_the_ledger_lags_behind_has_an_alert():
    assert any("vifcast_commit_delay_seconds_bucket" in rule["expr"] for rule in rules())


def test_alerts_page_says_what_to_do_about_each():
    page = (DOCS / "alert.md").read_text().split("| alert | page |")[1]
    assert set(re.findall(r"`(Vifcast\w+)`", page)) == {rule["alert"] for rule in rules()}


PAGE = (DOCS / "cli.md").read_text()
SERVICE = (DOCS / "service.md").read_text()
# What many commands have alike is documented once.
ALIKE = PAGE.split("## Where the answers come from")[1].split("\n## Exit codes")[0]


@pytest.mark.parametrize(("name", "command"), list(main.commands.items()))
def test_command_is_documented_with_all_its_options(name, command):
    assert f"[`vifcast {name}`](#vifcast-{name})" in PAGE
    section = PAGE.split(f"\n## vifcast {name}\n")[1].split("\n## ")[0]
    for part, each in getattr(command, "commands", {"": command}).items():
        assert not part or f"`vifcast {name} {part}" in section
        for option in each.params:
            if isinstance(option, click.Option):
                assert all(f"`{flag}" in section + ALIKE for flag in option.opts)
                assert all(f"`{flag}" in section + ALIKE for flag in option.secondary_opts)
                assert not option.envvar or part or f"`{option.envvar}`" in PAGE + SERVICE


def test_documented_options_exist():
    known = {"--help"}
    for command in main.commands.values():
        for each in getattr(command, "commands", {"": command}).values():
            known |= {flag for option in each.params for flag in option.opts}
            known |= {flag for option in each.params for flag in option.secondary_opts}
    assert set(re.findall(r"`(--?[a-z][a-z0-9-]*)", PAGE)) <= known


def test_exit_codes_are_documented():
    table = PAGE.split("\n## Exit codes\n")[1].split("\n\n")[0]
    assert re.findall(r"^\| (\d+) \|", table, re.MULTILINE) == [str(int(code)) for code in ExitCode]


def test_methods_of_the_client_are_documented():
    page = (DOCS / "client.md").read_text()
    methods = [name for name in dir(Client) if not name.startswith("_") and name != "over"]
    missing = [
        name for name in methods if f"`{name}`" not in page and f"`Client.{name}" not in page
    ]
    assert not missing


@pytest.mark.filterwarnings("ignore:The osc_lib.version module:DeprecationWarning")
@pytest.mark.parametrize("command", entry_points(group="openstack.nic_ledger.v1"), ids=str)
def test_command_of_openstack_is_documented_with_its_filters(command):
    page = (DOCS / "client.md").read_text()
    (line,) = re.findall(
        rf"^\| `openstack {command.name.replace('_', ' ')}` .*", page, re.MULTILINE
    )
    parser = command.load()(None, None).get_parser("openstack")
    own = [each for each in parser._actions if each.container is parser._optionals]
    flags = {each.option_strings[-1] for each in own} - {"--help", "--max-width", "--fit-width"}
    if "the same but for" in line:
        line += re.findall(r"^\| `openstack nic attachment list` .*", page, re.MULTILINE)[0]
    assert {flag for flag in flags if f"`{flag}`" not in line} == set()


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
