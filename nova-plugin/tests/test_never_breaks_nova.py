"""Whatever goes wrong in our code: Nova's call ends as it does without us."""

import logging

import pytest
from lab import breaking, changing, operations, outcome
from vifcast_nova.outbox import process

PORT = "bbbbbbbb-0000-4000-8000-000000000001"


def attach(nova, server):
    return server.attach(port_id=PORT)["id"]


def attach_refused_in_allocation(nova, server):
    from nova import exception

    operations.fail_allocation(nova, exception.PortInUse(port_id=PORT))
    server.attach(port_id=PORT)


def attach_refused_by_driver(nova, server):
    nova.plugs.refuse_attach = True
    server.attach(port_id=PORT)


def attach_breaking_in_driver(nova, server):
    nova.plugs.attach_raises = RuntimeError("qemu is gone")
    server.attach(port_id=PORT)


def attach_without_capability(nova, server):
    nova.manager.driver.capabilities = dict(
        nova.manager.driver.capabilities, supports_attach_interface=False
    )
    server.attach(port_id=PORT)


def detach(nova, server):
    server.attach(port_id=PORT)
    return server.detach(PORT)


def detach_refused_by_driver(nova, server):
    server.attach(port_id=PORT)
    nova.plugs.clear()
    server.detach(PORT)


def detach_of_a_stranger(nova, server):
    server.detach(PORT)


def deletion(nova, server):
    server.attach(port_id=PORT)
    server.report_port_deleted(PORT)


def deletion_refused_by_driver(nova, server):
    server.attach(port_id=PORT)
    nova.plugs.clear()
    server.report_port_deleted(PORT)


def deletion_breaking_in_driver(nova, server):
    server.attach(port_id=PORT)
    nova.plugs.detach_raises = RuntimeError("qemu is gone")
    server.report_port_deleted(PORT)


def deletion_during_a_failing_detach(nova, server):
    server.attach(port_id=PORT)
    stale = server.reread()
    plugs = nova.plugs

    def neutron_is_first():
        plugs.during_detach = None
        server.report_port_deleted(PORT, stale)

    plugs.during_detach = neutron_is_first
    server.detach(PORT)


def refresh_after_a_deletion(nova, server):
    server.attach(port_id=PORT)
    nova.network.ports.delete(PORT)
    server.heal()


def deletion_after_nova_api_has_refreshed(nova, server):
    server.attach(port_id=PORT)
    server.write_list_as_nova_api([])
    server.report_port_deleted(PORT)


def attach_while_a_loss_is_looked_into(nova, server):
    server.attach(port_id=PORT)
    changing.let_time_pass()
    nova.network.ports.unbind(PORT)
    nova.plugs.clear()
    with nova.network.held_up("show_port"):
        server.heal()
        return server.again().attach(port_id=PORT)["id"]


def refresh_during_a_migration(nova, server):
    server.attach(port_id=PORT)
    instance = server.reread()
    instance.task_state = "migrating"
    instance.save()
    nova.network.get_instance_nw_info(nova.context(), instance)


SCENARIOS = [
    attach,
    attach_refused_in_allocation,
    attach_refused_by_driver,
    attach_breaking_in_driver,
    attach_without_capability,
    detach,
    detach_refused_by_driver,
    detach_of_a_stranger,
    deletion,
    deletion_refused_by_driver,
    deletion_breaking_in_driver,
    deletion_during_a_failing_detach,
    refresh_after_a_deletion,
    deletion_after_nova_api_has_refreshed,
    attach_while_a_loss_is_looked_into,
    refresh_during_a_migration,
]

# The guard itself, and what runs when Nova starts and not in a call of Nova's.
NOT_IN_A_CALL = {
    "driver.Driver.__init__",
    "driver.Driver.notify",
    "guard._complain",  # only once something else is broken: see the log test
    "guard.safely",
    "hooks.changes.Changes.__init__",
    "hooks.hookpoints._cell_contents",
    "hooks.hookpoints._sent_in",
    "hooks.hookpoints._source_of",
    "hooks.hookpoints._texts",
    "hooks.hookpoints.code_objects",
    "hooks.hookpoints.dotted",
    "hooks.hookpoints.find",
    "hooks.hookpoints.find_lists",
    "hooks.hookpoints.missing",
    "hooks.hookpoints.missing_lists",
    "hooks.hookpoints.sent_by_hand_patch",
    "hooks.hookpoints.sent_by_nova_itself",
    "hooks.in_flight.InFlight.__init__",
    "hooks.install._allow_event_types",
    "hooks.install._hand_patched",
    "hooks.install._imported",
    "hooks.install._not_watched",
    "hooks.install._wrap",
    "hooks.install.install",
    "hooks.install.when_compute_starts",
    "hooks.list_hooks.at_begin",
    "hooks.list_hooks.at_read",
    "hooks.list_hooks.at_write",
    "hooks.nic_lists.NicLists.__init__",
    "hooks.recent.Recent.__init__",
    "hooks.wrappers.around",
    "hooks.wrappers.at_start",
    "notify.background.soon",
    "notify.nic_notifier.NicNotifier.__init__",
    "notify.nic_notifier.NicNotifier._outbox",
    "notify.nic_notifier.NicNotifier._start_outbox",
    "notify.nic_notifier.NicNotifier.check_options",
    "notify.nic_notifier.NicNotifier.describe",
    "notify.nic_notifier.NicNotifier.host",
    "notify.nic_notifier.NicNotifier.is_prepared",
    "notify.nic_notifier.NicNotifier.outbox_status",
    "notify.nic_notifier.NicNotifier.prepare",
    "notify.nic_notifier.NicNotifier.report_interval_s",
    "notify.nic_notifier.NicNotifier.send_report",
    "notify.nic_notifier.NicNotifier.use",
    "notify.nic_notifier._Primitives.__init__",
    "options._option",
    "options.list_opts",
    "options.outbox_dir",
    "options.register",
    "options.wrong",
    "syntax._bound",
    "syntax._given",
    "syntax._joined",
    "syntax._may_send",
    "syntax._only_speaks",
    "syntax._texts_of",
    "syntax.calls_that_send",
    "syntax.dotted",
    "syntax.text_of",
}
# Partly, the outbox.
OF_ITS_OWN_THREAD = ("hooks.nic_lookup.", "outbox.", "notify.host_report.", "versions.")
OF_THE_THREAD_OF_CHANGES = {
    "hooks.changes.Changes._run",
    "hooks.changes.Changes._settle",
    "hooks.changes.Changes._undo",
    "hooks.changes._is_true",
    "hooks.in_flight.InFlight.withdraw",
    "hooks.nic_lists.NicLists.add",
}
# Of the outbox, what runs in its own thread stays out of Nova's calls; this does not.
OUTBOX_IN_A_CALL = {
    "outbox.backlog.Backlog.append",
    "outbox.backlog.Backlog.oldest_file",
    "outbox.locked_backlog.LockedBacklog._append",
    "outbox.locked_backlog.LockedBacklog._give_up_what_is_over",
    "outbox.locked_backlog.LockedBacklog.put_end",
    "outbox.locked_backlog.LockedBacklog.put_start",
    "outbox.locked_backlog.LockedBacklog.say",
    "outbox.outbox.Outbox._keep_sending",
    "outbox.outbox.Outbox.put_end",
    "outbox.outbox.Outbox.put_start",
    "outbox.driver.Driver._outbox_here",
    "outbox.driver.Driver._put",
    "outbox.driver.Driver.notify",
    "outbox.letter._nothing",
    "outbox.letter._redacted",
    "outbox.letter.to_bytes",
    "outbox.limits.Limits.allowance",
    "outbox.limits.Limits.gave_up",
    "outbox.limits.Limits.is_too_old",
    "outbox.operations.Operations.end",
    "outbox.operations.Operations.start",
    "outbox.own_spool.OwnSpool._attempt",
    "outbox.own_spool.OwnSpool.keep",
    "outbox.own_spool.OwnSpool.say",
    "outbox.process.put_end",
    "outbox.quiet.Quiet.operations",
    "outbox.spool.Spool._path",
    "outbox.spool.Spool._will_path",
    "outbox.spool.Spool.store",
    "outbox.spool.Spool.store_over",
    "outbox.files.link",
    "outbox.files.fill",
    "outbox.spool.now_ns",
    "outbox.will.About.__enter__",
    "outbox.will.About.__exit__",
    "outbox.will.About.__init__",
    "outbox.will.is_start",
    "outbox.will.noted",
}
IN_A_CALL = sorted(
    {n for n in breaking.functions() if not n.startswith(OF_ITS_OWN_THREAD)} - NOT_IN_A_CALL
    - OF_THE_THREAD_OF_CHANGES
    | OUTBOX_IN_A_CALL
)


@pytest.fixture(scope="module")
def bare(booted, bus_url):
    """``{scenario: its outcome without the plug-in}``."""
    from lab import wire

    ear = wire.Wire(bus_url)
    with outcome.without_plugin(booted):
        bare = {s: run(booted, ear, s) for s in SCENARIOS}
    ear.close()
    return bare


@pytest.fixture(scope="module")
def reached(booted, bus_url):
    """``{scenario: the names of our functions that it reaches}``."""
    from lab import wire

    ear = wire.Wire(bus_url)
    found = {}
    for scenario in SCENARIOS:
        outcome.unwatch(booted)
        found[scenario] = breaking.reached(lambda s=scenario: run(booted, ear, s))
    ear.close()
    return found


def run(nova, bus, scenario):
    """The outcome of one scenario on fresh collaborators."""
    before = nova.manager.driver.capabilities
    nova.renew()
    try:
        return outcome.of(nova, bus, scenario)
    finally:
        nova.manager.driver.capabilities = before


def test_the_list_of_what_is_not_in_a_call_is_true():
    assert set(breaking.functions()) >= (
        NOT_IN_A_CALL | OUTBOX_IN_A_CALL | OF_THE_THREAD_OF_CHANGES
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_outcome_is_the_same_with_the_plugin(nova, bus, bare, scenario):
    assert run(nova, bus, scenario) == bare[scenario]


@pytest.mark.parametrize("name", IN_A_CALL)
def test_outcome_is_the_same_when_our_code_raises_at(nova, bus, bare, reached, name):
    scenarios = [s for s in SCENARIOS if name in reached[s]]
    assert scenarios, "%s is never reached: no test of it" % name
    outcome.unwatch(nova)  # so that watching them is part of the call again
    bus.waits_for_outbox = False  # which may be what is broken
    with breaking.broken(breaking.functions()[name]):
        del breaking.hits[:]
        for scenario in scenarios:
            assert run(nova, bus, scenario) == bare[scenario]
    assert breaking.hits
    assert process.flush(30)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_outcome_is_the_same_when_every_log_call_raises(nova, bus, bare, scenario):
    del breaking.hits[:]
    handler = _BrokenHandler()
    logger = logging.getLogger("vifcast_nova")
    logger.addHandler(handler)
    try:
        with breaking.broken(breaking.functions()["notify.nic_notifier.NicNotifier.send"]):
            assert run(nova, bus, scenario) == bare[scenario]
    finally:
        logger.removeHandler(handler)
    assert handler.reached == len(breaking.hits)


class _BrokenHandler(logging.Handler):
    reached = 0

    def handle(self, record):
        self.reached += 1
        raise RuntimeError("the disk is full")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_outcome_is_the_same_when_the_bus_raises(
    nova, bus, bare, monkeypatch, scenario
):
    from vifcast_nova.hooks import install

    sent = []

    def refuse(*args, **kwargs):
        sent.append(1)
        raise RuntimeError("no route to the broker")

    for driver in install._notifier._notifier._driver_mgr:
        monkeypatch.setattr(driver.obj, "notify", refuse)
    assert run(nova, bus, scenario) == bare[scenario]
    is_reported = scenario not in (attach_without_capability, detach_of_a_stranger)
    assert bool(sent) == is_reported


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_outcome_is_the_same_when_nova_cannot_make_a_payload(
    nova, bus, bare, monkeypatch, scenario
):
    from nova import exception
    from nova.compute import utils

    def refuse(*args, **kwargs):
        raise exception.InstanceNotFound(instance_id="gone meanwhile")

    monkeypatch.setattr(utils, "notify_about_instance_usage", refuse)
    assert run(nova, bus, scenario) == bare[scenario]
