"""Nova's own tests of NIC hot-plug, from its wheel, with the plug-in active."""

import pytest
from conftest import THREADS
from lab import nova_tests
from lab.compute import nova_major

EVERY_NIC_TEST = [
    "*attach*interface*",
    "*detach*interface*",
    "*interface*attach*",
    "*vif_deleted*",
    "*external_instance_event*",
]
UNIT = ["nova.tests.unit.compute.test_compute", "nova.tests.unit.compute.test_compute_mgr"]
# Nova runs the same functional cases for several policies and microversions; one
# of each kind is here, with Nova's fake virt driver and with its libvirt driver.
FUNCTIONAL = {
    "nova.tests.functional.test_servers_resource_request": [
        "*.PortResourceRequestBasedSchedulingTest.test_interface_attach_*",
        "*.PortResourceRequestBasedSchedulingTest.test_interface_detach_*",
    ],
    "nova.tests.functional.libvirt.test_pci_sriov_servers": [
        "*.VDPAServersTest.test_attach_interface",
        "*.RemoteManagedServersTest.test_attach_interface",
        "*.RemoteManagedServersTest.test_detach_interface",
    ],
    "nova.tests.functional.wsgi.test_interfaces": ["*.test_detach_interface_*"],
}
if nova_major() >= 34:
    FUNCTIONAL["nova.tests.functional.regressions.test_bug_2080531"] = [
        "*.test_attach_interface_*",
        "*_after_interface_attach",
    ]
# So that a selection that finds nothing, or an environment that skips, shows.
AT_LEAST = (
    {"unit": 24, "functional": 12, "samples": 1}
    if nova_major() >= 34
    else {"unit": 23, "functional": 10, "samples": 1}
)
ATTACH, DETACH = "compute.instance.interface_attach.", "compute.instance.interface_detach."


@pytest.fixture(scope="module")
def lots(tmp_path_factory):
    """All of Nova's tests here; only ``recorded`` is without the plug-in."""
    return nova_tests.start(
        {
            "unit": ["--plug-in", *_only(EVERY_NIC_TEST), *UNIT],
            "recorded": ["interface_samples.Record.test_interface_notifications"],
            "samples": [
                "--plug-in",
                "interface_samples.Compare.test_interface_notifications",
            ],
            "functional": ["--plug-in", *_only(sum(FUNCTIONAL.values(), [])), *FUNCTIONAL],
        },
        THREADS,
        after={"samples": "recorded"},
        VIFCAST_TEST_SAMPLES=str(tmp_path_factory.mktemp("samples")),
    )


@pytest.mark.parametrize("name", AT_LEAST)
def test_novas_own_tests_pass(lots, name):
    lot = lots[name].result()
    assert lot.exit_code == 0, lot.output
    assert lot.hooked
    assert len(lot.which("ok")) >= AT_LEAST[name], lot.output
    assert lot.which("ok") == set(lot.outcomes), "skipped or failed: %s" % lot.outcomes


@pytest.mark.parametrize("name", ["functional", "samples"])
def test_every_start_had_its_end_or_error(lots, name):
    lot = lots[name].result()
    for kind in (ATTACH, DETACH):
        counts = {phase: lot.notified.get(kind + phase, 0) for phase in ("start", "end", "error")}
        assert counts["start"] == counts["end"] + counts["error"] > 0
    assert lot.complaints == []


def test_what_the_samples_are_compared_with_is_stock_nova(lots):
    lot = lots["recorded"].result()
    assert lot.exit_code == 0, lot.output
    assert not lot.hooked
    assert not [event_type for event_type in lot.notified if "interface" in event_type]


def _only(patterns):
    return [argument for pattern in patterns for argument in ("-k", pattern)]
