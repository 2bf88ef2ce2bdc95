"""A Nova without one of the hook points: one warning, and nothing touched."""

import logging
import types

import pytest
from lab import outcome

REMOVALS = [
    "_attach_interface|attach_interface",
    "_detach_interface|detach_interface",
    "_process_instance_vif_deleted_event",
]


@pytest.fixture
def strange(booted):
    """A copy of nova.compute.manager's two namespaces, without the plug-in."""
    from nova.compute import manager, utils

    with outcome.without_plugin(booted):
        members = {
            name: value
            for name, value in vars(manager.ComputeManager).items()
            if not name.startswith(("__", "_vifcast"))
        }
        module = types.ModuleType("nova.compute.manager")
        module.ComputeManager = type("ComputeManager", (object,), members)
        module.compute_utils = types.ModuleType("nova.compute.utils")
        vars(module.compute_utils).update(vars(utils))
        for name in ("neutron", "base_net_api"):
            if hasattr(manager, name):
                original = getattr(manager, name)
                copied = types.ModuleType(original.__name__)
                vars(copied).update(vars(original))
                setattr(module, name, copied)
    return module


def new_notifier():
    """A NicNotifier that has this process's nova.conf and no transport."""
    import nova.conf
    from vifcast_nova.notify import nic_notifier

    own = nic_notifier.NicNotifier()
    own.use(nova.conf.CONF, None)
    return own


def install_on(module, caplog):
    """Returns (installed, the warnings)."""
    from vifcast_nova.hooks import install

    before = dict(vars(module.ComputeManager)), dict(vars(module.compute_utils))
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="vifcast_nova"):
        outcome = install.install(module, new_notifier())
    installed = outcome.state == install.ON
    assert (outcome.reason is None) == installed
    assert bool(outcome.hooks) == installed
    if not installed:
        after = dict(vars(module.ComputeManager)), dict(vars(module.compute_utils))
        assert before == after
    return installed, [r.getMessage() for r in caplog.records]


@pytest.mark.parametrize("removal", REMOVALS)
def test_missing_method_is_one_warning(strange, caplog, removal):
    for name in removal.split("|"):
        if hasattr(strange.ComputeManager, name):
            delattr(strange.ComputeManager, name)
    installed, warnings = install_on(strange, caplog)
    assert not installed
    assert len(warnings) == 1
    assert "ComputeManager has no " + removal.replace("|", " or ") in warnings[0]


@pytest.mark.parametrize("name", ["notify_about_instance_action", "notify_about_instance_usage"])
def test_missing_function_is_one_warning(strange, caplog, name):
    delattr(strange.compute_utils, name)
    installed, warnings = install_on(strange, caplog)
    assert not installed
    assert len(warnings) == 1
    assert "nova.compute.utils has no " + name in warnings[0]


def test_other_arguments_are_one_warning(strange, caplog):
    def detach(self, context, instance, attachment):
        return None

    for name in ("_detach_interface", "detach_interface"):
        setattr(strange.ComputeManager, name, detach)
    installed, warnings = install_on(strange, caplog)
    assert not installed
    assert len(warnings) == 1
    assert "takes other arguments" in warnings[0]


def test_no_compute_manager_is_one_warning(strange, caplog):
    from vifcast_nova.hooks import install

    del strange.ComputeManager
    with caplog.at_level(logging.INFO, logger="vifcast_nova"):
        assert install.install(strange, new_notifier()).state == install.OFF
    assert "has no ComputeManager" in caplog.text


def test_start_that_nova_sends_nowhere_is_one_warning(strange, caplog):
    def attach(self, context, instance, network_id, port_id, requested_ip, tag):
        return None

    for name in ("_attach_interface", "attach_interface"):
        setattr(strange.ComputeManager, name, attach)
    installed, warnings = install_on(strange, caplog)
    assert not installed
    assert len(warnings) == 1
    assert "does not call notify_about_instance_action" in warnings[0]


def test_known_nova_is_hooked(strange, caplog, monkeypatch):
    from vifcast_nova.notify import nic_notifier

    monkeypatch.setattr(nic_notifier.NicNotifier, "prepare", lambda self, utils: None)
    installed, lines = install_on(strange, caplog)
    assert installed
    assert len(lines) == 1
    assert " is on: Nova " in lines[0]
    assert "; outbox: /" in lines[0]
    assert lines[0].endswith("; no reports")
    again, lines = install_on(strange, caplog)
    assert again
    assert lines == []


LIST_FUNCTIONS = [
    "update_instance_cache_with_nw_info",
    "refresh_info_cache_for_instance",
    "_init_instance",
]


@pytest.mark.parametrize("name", LIST_FUNCTIONS)
@pytest.mark.parametrize("how", ["missing", "other arguments"])
def test_lists_that_cannot_be_watched_are_one_warning_and_the_rest_works(
    strange, caplog, monkeypatch, name, how
):
    from vifcast_nova.hooks import install
    from vifcast_nova.notify import nic_notifier

    def other(instance):
        return None

    owners = [strange.ComputeManager, strange.compute_utils]
    owners += [getattr(strange, n) for n in ("neutron", "base_net_api") if hasattr(strange, n)]
    for owner in owners:
        if hasattr(owner, name):
            delattr(owner, name) if how == "missing" else setattr(owner, name, other)
    before = [dict(vars(owner)) for owner in owners[2:]]
    monkeypatch.setattr(nic_notifier.NicNotifier, "prepare", lambda self, utils: None)
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="vifcast_nova"):
        outcome = install.install(strange, new_notifier())
    assert outcome.state == install.ON
    assert "own list of an instance loses or gains" in outcome.reason
    assert name in outcome.reason
    assert len(outcome.hooks) == 4
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert " is on: Nova " in record.getMessage()
    assert outcome.reason in record.getMessage()
    assert before == [dict(vars(owner)) for owner in owners[2:]]


def test_hand_patch_in_the_public_method_is_seen(strange, caplog, monkeypatch):
    from vifcast_nova.hooks import install
    from vifcast_nova.notify import nic_notifier

    public = vars(strange.ComputeManager)["attach_interface"]

    def attach_interface(self, context, instance, network_id, port_id, requested_ip, tag):
        self._notify_about_instance_usage(context, instance, "interface_attach.start")
        return public(self, context, instance, network_id, port_id, requested_ip, tag)

    strange.ComputeManager.attach_interface = attach_interface
    monkeypatch.setattr(nic_notifier.NicNotifier, "prepare", lambda self, utils: None)
    own = new_notifier()
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="vifcast_nova"):
        assert install.install(strange, own).state == install.HAND_PATCHED
    assert own.muted == {"interface_attach.start"}
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert " is on: Nova " in record.getMessage()
    assert "this Nova is hand-patched" in record.getMessage()


def test_invalid_option_is_one_warning(caplog, tmpdir):
    from oslo_config import cfg
    from vifcast_nova import options
    from vifcast_nova.notify import nic_notifier

    conf_file = tmpdir.join("nova.conf")
    conf_file.write("[vifcast]\ninclude_interface = maybe\n")
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[str(conf_file)], default_config_dirs=[])
    options.register(conf)
    own = nic_notifier.NicNotifier()
    own.use(conf, None)
    with caplog.at_level(logging.INFO, logger="vifcast_nova"):
        own.check_options()
    assert len(caplog.records) == 1
    assert "include_interface in nova.conf is invalid; using the default, true" in caplog.text
    assert options.value(conf, "include_interface") is True
