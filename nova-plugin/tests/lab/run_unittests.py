"""Runs unittest cases built on Nova's own test base, and writes down how they went.

``python -m lab.run_unittests REPORT.json [--plug-in] [-k PATTERN]... MODULE...``
in the folder ``nova-plugin/tests``.

pytest cannot: Nova's ``TestCase.tearDown`` deletes the attributes of the case,
and pytest's with them. The report is one JSON object: ``outcomes`` maps the id of
each test to ``ok``, ``skipped`` or ``failed``; ``notified`` counts the event types
that went to Nova's in-memory bus; ``complaints`` is what our package logged at
WARNING and above; ``hooked`` says whether ComputeManager was ours in the end.
"""

import argparse
import collections
import json
import logging
import os
import sys
import unittest

from lab import garbage

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DRIVERS = ("driver", ["messagingv2", "vifcast"], "oslo_messaging_notifications")


class Report(unittest.TextTestResult):
    """Notes every outcome; with the plug-in, a test only counts if it was there."""

    plug_in = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.outcomes = {}

    def startTest(self, test):
        super().startTest(test)
        if self.plug_in:
            _configure()

    def addSuccess(self, test):
        missing = _not_hooked() if self.plug_in else []
        if missing:
            self.addFailure(test, _failure("vifcast-nova was not active: %s" % missing))
        else:
            super().addSuccess(test)
            self.outcomes[test.id()] = "ok"

    def addFailure(self, test, err=None, details=None):
        super().addFailure(test, err or _failure(_text(details)))
        self.outcomes[test.id()] = "failed"

    def addError(self, test, err=None, details=None):
        super().addError(test, err or _failure(_text(details)))
        self.outcomes[test.id()] = "failed"

    def addSkip(self, test, reason=None, details=None):
        super().addSkip(test, reason or _text(details))
        self.outcomes[test.id()] = "skipped"

    def addExpectedFailure(self, test, err=None, details=None):
        super().addExpectedFailure(test, err or _failure(_text(details)))
        self.outcomes[test.id()] = "ok"


def _choose_threads():
    """Nova's own first step: eventlet or not, before anything else is imported."""
    import nova.monkey_patch

    if hasattr(nova.monkey_patch, "patch"):
        nova.monkey_patch.patch()


def _configure():
    """What the operator's nova.conf would say, for the ``rpc.init`` of this test."""
    import nova.conf
    from oslo_messaging import conffixture

    conffixture.ConfFixture(nova.conf.CONF)  # registers the option
    nova.conf.CONF.set_default(*DRIVERS)


def _not_hooked():
    """The methods of ComputeManager that are not wrapped by us: a list of str."""
    from nova.compute import manager
    from vifcast_nova.hooks import hookpoints, wrappers

    methods = vars(manager.ComputeManager)
    return [
        name
        for name in hookpoints.find(manager.ComputeManager).values()
        if methods[name].__code__.co_filename != wrappers.__file__
    ]


def _failure(text):
    try:
        raise AssertionError(text)
    except AssertionError:
        return sys.exc_info()


def _text(details):
    return "\n".join(
        "%s: %s" % (name, content.as_text()) for name, content in details.items()
    )


class _Complaints(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(logging.Formatter().format(record))


def _listen(counts):
    """Count the event types that reach oslo.messaging's in-memory driver."""
    from oslo_messaging._drivers import impl_fake

    send = impl_fake.FakeDriver.send_notification

    def counted(driver, target, ctxt, message, *args, **kwargs):
        counts[message["event_type"]] += 1
        return send(driver, target, ctxt, message, *args, **kwargs)

    impl_fake.FakeDriver.send_notification = counted


def main():
    """Exit code 0 when everything passed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("report")
    parser.add_argument("--plug-in", action="store_true")
    parser.add_argument("-k", dest="patterns", action="append")
    parser.add_argument("modules", nargs="+")
    asked = parser.parse_args()
    sys.argv[1:] = []  # Nova reads them too
    sys.path[:0] = [os.path.join(TESTS, folder) for folder in ("functional", "upstream")]
    _choose_threads()

    loader = unittest.TestLoader()
    loader.testNamePatterns = asked.patterns
    suite = loader.loadTestsFromNames(asked.modules)
    garbage.spare()
    counts, complaints = collections.Counter(), _Complaints()
    logging.getLogger("vifcast_nova").addHandler(complaints)
    complaints.setLevel(logging.WARNING)
    _listen(counts)
    Report.plug_in = asked.plug_in
    runner = unittest.TextTestRunner(verbosity=2, resultclass=Report, warnings="ignore")
    result = runner.run(suite)
    with open(asked.report, "w") as report:
        json.dump(
            {
                "outcomes": result.outcomes,
                "notified": counts,
                "complaints": complaints.lines,
                "hooked": not _not_hooked(),
            },
            report,
        )
    sys.stdout.flush()
    # Native threads of Nova's that wait for something must not keep us.
    os._exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
