"""Times as drivers take and give them of columns that have no zone."""

import datetime as dt

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  naive as the database's
_EPOCH_UTC = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def write_utc(moment: dt.datetime | None) -> dt.datetime | None:
    """What the driver takes for an aware time."""
    return None if moment is None else moment.astimezone(dt.UTC).replace(tzinfo=None)


def read_utc(value: dt.datetime | None) -> dt.datetime | None:
    """The same in UTC; ``replace(tzinfo=…)`` takes six times as long."""
    return None if value is None else _EPOCH_UTC + (value - _EPOCH)
