"""One story with fixed ids and a clock that stands still; prints what went over the bus.

``python -m lab.equality AMQP_URL DIRECTORY FORMAT DRIVER ...`` in a Nova environment, with
a patched Nova before it on PYTHONPATH where that is to be run. Run twice, two Novas differ
only in what is random: ``message_id`` and ``_unique_id``.
"""

from lab import threads

# Before anything imports threading or selectors, as kombu and uuid do.
threads.choose()

import datetime  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import uuid  # noqa: E402

from lab import wire  # noqa: E402

NOW = datetime.datetime(2026, 11, 3, 14, 3, 0, 123456)
# When the API took the request, and what the context says before oslo.messaging
# redacts it (18.0 on), which makes a new one that says now.
ASKED = datetime.datetime(2026, 11, 3, 14, 2, 59, 654321)
PORTS = ["dddddddd-0000-4000-8000-00000000000%d" % n for n in range(1, 6)]


# With it a notification has hundreds of kilobytes.
METADATA = {"key-%04d" % number: u"%s\u00fc" % ("v" * 200) for number in range(1500)}


def story(nova, first, second):
    """Yields a name for each step, after it; "fails" and "deleted" are words in it."""
    for name in _nics(nova, first, second):
        yield name
    for name in _others(nova, first, second):
        yield name


def _others(nova, first, second):
    """What Nova notifies of by itself, in all formats: with state changes and failures."""
    nova.conf.set_override(
        "notify_on_state_change", "vm_and_task_state", group="notifications"
    )
    first = first.again()
    first.pause()
    yield "pause"
    first.unpause()
    yield "unpause"
    pause = nova.manager.driver.pause
    nova.manager.driver.pause = _refuse
    _failing(first.pause)
    nova.manager.driver.pause = pause
    yield "pause fails"
    second = second.again()
    second.instance.metadata = METADATA
    second.instance.save()
    second.pause()
    yield "pause of a server with much metadata"


def _refuse(*args):
    raise RuntimeError(u"the guest does not sl\u00e4pa")


def _nics(nova, first, second):
    from nova import exception

    from lab import operations

    by_network = first.attach()
    yield "attach by network"
    second.attach(port_id=PORTS[0])
    yield "attach by port to another server"
    first.attach(requested_ip="192.0.2.77")
    yield "attach with a requested IP"
    second.attach(port_id=PORTS[1], tag="nic1")
    yield "attach with a tag"
    first.detach(by_network["id"])
    yield "detach"
    nova.plugs.refuse_attach = True
    _failing(lambda: first.attach(port_id=PORTS[2]))
    nova.plugs.refuse_attach = False
    yield "attach fails in the driver"
    operations.fail_allocation(nova, exception.PortInUse(port_id=PORTS[2]))
    _failing(lambda: first.attach(port_id=PORTS[2]))
    nova.network.fail.clear()
    yield "attach fails in its allocation"
    nova.plugs.detach_raises = RuntimeError("the guest did not let go of its device")
    _failing(lambda: second.detach(PORTS[0]))
    nova.plugs.detach_raises = None
    yield "detach fails"
    second.report_port_deleted(PORTS[1])
    yield "port is deleted"
    second.again().detach(PORTS[0])
    yield "detach after a failure"


class RawWire(wire.Wire):
    """Hears everything that a message is, not only what it says."""

    def take_raw(self):
        """All that has arrived: a list of dicts of plain data."""
        self.wait_for_outbox()
        taken = []
        for message in iter(lambda: self._queue.get(no_ack=True), None):
            body = message.body
            taken.append(
                {
                    "body": body if isinstance(body, type(u"")) else body.decode("utf-8"),
                    "exchange": message.delivery_info["exchange"],
                    "routing_key": message.delivery_info["routing_key"],
                    "headers": message.headers,
                    "properties": message.properties,
                    "content_type": message.content_type,
                    "content_encoding": message.content_encoding,
                }
            )
        return taken


class _Sequence(object):
    """In the place of the lab's module ``uuid``."""

    def __init__(self, first):
        self._next = uuid.UUID(first).int

    def uuid4(self):
        self._next += 1
        return uuid.UUID(int=self._next)


def _context(number):
    from nova import context

    from lab import compute

    return context.RequestContext(
        compute.USER_ID,
        compute.PROJECT_ID,
        is_admin=True,
        roles=["member"],
        auth_token="a-secret-token",
        request_id="req-eeeeeeee-0000-4000-8000-00000000000%d" % number,
        timestamp=ASKED,
    )


def _failing(call):
    try:
        call()
    except Exception:
        return
    raise AssertionError("it was to fail")


def main(url, directory, notification_format, drivers):
    from lab import broker, compute, network_api

    booted = compute.boot(
        directory, broker.transport_url(url), notification_format, drivers
    )
    from nova.compute import manager
    from oslo_utils import timeutils

    if "vifcast" in drivers:
        booted.conf.set_override("include_interface", False, group="vifcast")
    timeutils.set_time_override(NOW)
    compute.uuid = _Sequence("eeeeeeee-0000-4000-8000-000000000000")
    network_api.uuid = _Sequence("ffffffff-0000-4000-8000-000000000000")
    contexts = iter([_context(number) for number in range(1, 6)])
    booted.context = lambda: next(contexts)
    servers = [booted.server("vm-1"), booted.server("vm-2")]
    ear = RawWire(url)
    steps = [(name, ear.take_raw()) for name in story(booted, *servers)]
    print(json.dumps({"manager": manager.__file__, "steps": steps}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
