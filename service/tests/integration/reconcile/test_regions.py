"""The ledger of one region is compared with the cloud of that region."""

import datetime as dt

import pytest
from click.testing import CliRunner

from reconciled import attach, kinds
from vifcast import times
from vifcast.cli import main
from vifcast.config import ReconcileSettings
from vifcast.gap import Gap, GapNote, GapReason
from vifcast.model import Source
from vifcast.reconcile.after_gap import Reconciler
from vifcast.store import AttachmentQuery, EventQuery, GapQuery

# openstacksdk 4.18 says it of what it does itself, whatever it is asked.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")


@pytest.fixture
def config(tmp_path):
    """Brokers of these regions; the cloud of ``clouds.yaml`` is region one."""

    def write(*regions):
        names = [f"cell{number}" for number, _ in enumerate(regions)]
        path = tmp_path / "vifcast.conf"
        path.write_text(
            f"[ingest]\nenabled_brokers = {', '.join(names)}\n"
            + "".join(
                f"[{name}]\ntransport_url = rabbit://{name}/\nregion = {region}\n"
                for name, region in zip(names, regions, strict=True)
            )
        )
        return ["--config-file", str(path)]

    return write


@pytest.fixture
def both(cloud, store):
    """Of region one, a NIC that is there, and one that has gone; of region two, one elsewhere."""
    cloud.add(1)
    cloud.add(4)
    store.write([attach(1, region="one"), attach(2, server="server-2", region="one")], [])
    store.write([attach(3, server="server-3", region="two")], [])


def open_regions(store):
    page = store.attachments(AttachmentQuery(is_open=True))
    return {each.nic: each.region for each in page.items}


def test_region_is_the_one_of_clouds_yaml(both, store, config, found):
    printed = found(*config("one", "two"), code=1)
    assert printed["region"] == "one"
    assert kinds(printed) == {"missing": ["port-4"], "stale": ["port-2"], "differing": []}
    assert found(*config("one", "two"), "--fix")["fixed"] == 2
    assert open_regions(store) == {"port-1": "one", "port-4": "one", "port-3": "two"}
    corrections = [
        each for each in store.events(EventQuery()).items if each.source is Source.RECONCILE
    ]
    assert {each.region for each in corrections} == {"one"}


def test_region_of_the_command_line_is_asked_of_the_cloud(both, cloud, tmp_path, config, found):
    cloud.clouds_yaml(tmp_path, regions=["one", "two"], region_name=None)
    assert found(*config("one", "two"), "--region", "one", code=1)["region"] == "one"


@pytest.mark.parametrize(
    ("regions", "arguments", "sentence"),
    [
        (["one", "two"], ["--region", "three"], "no broker has the region three; there are one, t"),
        (
            ["two", "three"],
            [],
            "is region one in clouds.yaml, and no broker has that region; there",
        ),
        (["two", "one"], ["--region", "two"], "two is not a valid region"),
        ([""], ["--region", "one"], "no broker has a region, so there is none of the name one"),
    ],
)
def test_region_that_is_not_there_is_refused(both, config, run, regions, arguments, sentence):
    printed = run(*config(*regions), *arguments, code=2).output
    assert sentence in " ".join(printed.split())


def test_without_regions_everything_is_compared(both, found):
    printed = found(code=1)
    assert printed["region"] is None
    assert kinds(printed)["stale"] == ["port-2", "port-3"]


def test_broker_without_a_region_beside_others_has_the_rows_of_none(store, cloud, config, found):
    cloud.add(1)
    store.write([attach(1), attach(2, region="two")], [])
    assert found(*config("", "two"))["ledger_nics"] == 1


def test_attached_nic_from_before_there_were_regions_gets_its_own(store, cloud, config, found):
    cloud.add(1)
    store.write([attach(1)], [])
    assert found(*config("one", "two"), "--fix")["fixed"] == 1
    assert open_regions(store) == {"port-1": "one"}
    assert kinds(found(*config("one", "two"))) == {"missing": [], "stale": [], "differing": []}


def test_gap_of_a_region_is_reconciled_with_the_cloud_of_that_region(both, store):
    now = times.now()
    for region in ("one", "two"):
        gap = Gap(
            from_at=now - dt.timedelta(seconds=70),
            to_at=now - dt.timedelta(seconds=60),
            reason=GapReason.DISCONNECTED,
            sources=(Source.HAND_PATCH,),
            hosts=None,
            detail="lost",
            region=region,
        )
        store.keep_gaps("vifcast", [GapNote(region, gap)], {})
    settings = ReconcileSettings(
        clouds={"one": "test", "two": "other"}, after_gap=True, settle_s=0.0
    )
    assert Reconciler(store, settings, lambda _seconds: False, region="one").run_once()
    found = store.gaps(GapQuery(), now=now).items
    assert {each.region: each.reconciled_at is not None for each in found} == {
        "one": True,
        "two": False,
    }
    assert open_regions(store) == {"port-1": "one", "port-4": "one", "port-3": "two"}


def test_command_marks_the_gaps_of_its_region(both, store, config, tmp_path):
    now = times.now()
    for region in ("one", "two"):
        gap = Gap(
            from_at=now - dt.timedelta(seconds=70),
            to_at=now - dt.timedelta(seconds=60),
            reason=GapReason.DISCONNECTED,
            sources=(Source.HAND_PATCH,),
            hosts=None,
            detail="lost",
            region=region,
        )
        store.keep_gaps("vifcast", [GapNote(region, gap)], {})
    arguments = ["--cloud", "test", "--settle-s", "0", "--fix", "--data-dir", str(tmp_path)]
    done = CliRunner().invoke(main, ["reconcile", *arguments, *config("one", "two")])
    assert done.exit_code == 0, done.output
    assert [each.region for each in store.unreconciled_gaps()] == ["two"]
