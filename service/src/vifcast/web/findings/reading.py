"""Whether the bus is read, by this process or by others."""

import datetime as dt
from collections.abc import Iterable, Iterator

from vifcast.process import Process, ReadBroker, replaced
from vifcast.web.findings.finding import Finding, Level, Where
from vifcast.web.findings.texts import _, ngettext
from vifcast.web.sight import Sight

_SETTINGS = Where("settings")


def look(
    sight: Sight, own: Iterable[ReadBroker] | None, processes: list[Process], now: dt.datetime
) -> Iterator[Finding]:
    """``own``: the brokers that this process reads; None where it reads none."""
    running = [each for each in processes if not each.is_silent(now)]
    brokers = brokers_of(own, running)
    away = list(_away(brokers))
    if not sight.sees_system:
        if away or not brokers:
            yield Finding(
                Level.BAD,
                _("vifcast does not hear from the cloud at the moment."),
                _("What happens now appears here once it does. An operator has to look at it."),
            )
        return
    if not brokers:
        yield Finding(
            Level.BAD,
            _("No process reads the bus."),
            _(
                "Start vifcast serve, or vifcast ingest with this database. What Nova sends "
                "meanwhile waits in the queue."
            ),
            _SETTINGS,
        )
    for each in away:
        yield _of_broker(each)
    for each in brokers:
        if each not in away and each.warning:
            yield Finding(
                Level.WAIT,
                _(
                    "Not all is well with %(broker)s: %(warning)s.",
                    broker=_name(each),
                    warning=each.warning,
                ),
                _("vifcast doctor finds the cause."),
                _SETTINGS,
            )
    gone = replaced(processes)
    silent = [each for each in processes if each not in running and each.id not in gone]
    if silent:
        yield Finding(
            Level.WAIT,
            ngettext(
                "A process of vifcast has fallen silent: %(names)s.",
                "%(number)s processes of vifcast have fallen silent: %(names)s.",
                len(silent),
                names=", ".join(f"{each.role} ({each.host})" for each in silent[:3]),
            ),
            _(
                "It was killed, or cannot write to the database. Start it again, or if it is not "
                "needed any more, forget it with vifcast status --forget."
            ),
            _SETTINGS,
        )


def brokers_of(own: Iterable[ReadBroker] | None, running: list[Process]) -> list[ReadBroker]:
    """How each broker is read, by this process or else by others."""
    if own is not None:
        return list(own)
    return [broker for each in running if each.role.ingests for broker in each.brokers]


def _away(brokers: list[ReadBroker]) -> Iterator[ReadBroker]:
    """Those that no process reads; one of several that do is enough."""
    read = {(each.name, each.broker) for each in brokers if each.connected and not each.problem}
    seen = set(read)
    for each in brokers:
        key = (each.name, each.broker)
        if key not in seen:
            seen.add(key)
            yield each


def _of_broker(broker: ReadBroker) -> Finding:
    advice = _("What Nova sends meanwhile waits in the queue. vifcast doctor finds the cause.")
    if broker.problem is None:
        text = _("Connecting to %(broker)s.", broker=_name(broker))
        return Finding(Level.WAIT, text, advice, _SETTINGS)
    text = _(
        "Nothing is read from %(broker)s: %(problem)s.",
        broker=_name(broker),
        problem=broker.problem,
    )
    return Finding(Level.BAD, text, advice, _SETTINGS)


def _name(broker: ReadBroker) -> str:
    return broker.broker if broker.name is None else f"{broker.name} ({broker.broker})"
