"""How the ``options``, read by ``option_values``, become one ``Settings`` value."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import platformdirs

from vifcast.api_settings import ApiSettings
from vifcast.errors import ConfigError
from vifcast.names import refuse_names_of_others
from vifcast.option_values import OptionValues
from vifcast.options import OPTIONS

DEFAULT_CONFIG_FILE = Path("/etc/vifcast/vifcast.conf")

# Nothing that still may arrive is older.
MIN_EVENTS_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Section [database]; without ``connection`` it is an SQLite file in the data directory."""

    connection: str | None = field(repr=False)
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSettings:
    """Section [ingest]."""

    transport_url: str | None = field(repr=False)
    exchange: str
    neutron_exchange: str | None
    lane_exchange: str | None
    topics: tuple[str, ...]
    queue: str
    queue_type: str
    queue_max_length: int
    queue_ttl_s: int
    consume_default_queue: bool
    prefetch: int
    batch_size: int
    batch_wait_ms: int
    max_body_bytes: int
    dead_letter_keep_bytes: int
    heartbeat_s: int
    connect_timeout_s: float
    retry_max_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """Section [retention]: days, 0 is for ever."""

    events_days: int
    operations_days: int
    attachments_days: int
    dead_letters_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileSettings:
    """Section [reconcile]; ``cloud`` is set where ``after_gap`` is."""

    cloud: str | None
    after_gap: bool
    settle_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set, checked; ``notices``: what to say about it all the same."""

    data_dir: Path
    log_level: str
    database: DatabaseSettings
    ingest: IngestSettings
    overdue_after_s: int
    retention: RetentionSettings
    reconcile: ReconcileSettings
    api: ApiSettings
    config_file: Path | None
    notices: tuple[str, ...] = ()

    @property
    def database_path(self) -> Path:
        """The SQLite file, where no other database is named."""
        return self.data_dir / "vifcast.sqlite3"


def load_settings(
    config_file: Path | None = None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Read a configuration file and lay the overrides over it.

    ``overrides`` maps ``"group.option"`` (``"DEFAULT.data_dir"``) to a value; None
    means not given. Without ``config_file``, /etc/vifcast/vifcast.conf is read if
    it is there. Raises ConfigError.
    """
    if config_file is None and DEFAULT_CONFIG_FILE.exists():
        config_file = DEFAULT_CONFIG_FILE
    return _settings(OptionValues.read(OPTIONS, config_file, overrides or {}))


def _settings(values: OptionValues) -> Settings:
    api = ApiSettings.of(values.group("api"))
    data_dir = values.get("DEFAULT", "data_dir") or platformdirs.user_data_path("vifcast")
    return Settings(
        data_dir=Path(data_dir).expanduser(),
        log_level=values.get("DEFAULT", "log_level"),
        database=DatabaseSettings(**values.group("database")),
        ingest=_ingest(values),
        overdue_after_s=values.get("ledger", "overdue_after_s"),
        retention=_retention(RetentionSettings(**values.group("retention"))),
        reconcile=_reconcile(values),
        api=api,
        config_file=values.file,
        notices=_notices(values, api),
    )


def _reconcile(values: OptionValues) -> ReconcileSettings:
    given = values.group("reconcile")
    found = ReconcileSettings(**given | {"cloud": given["cloud"] or None})
    if found.after_gap and found.cloud is None:
        raise ConfigError(
            "option after_gap in [reconcile] is true but no cloud is set: set cloud to the "
            "name of one in clouds.yaml, the same as for vifcast reconcile --cloud"
        )
    return found


def _ingest(given: OptionValues) -> IngestSettings:
    values = given.group("ingest")
    del values["amqp_durable_queues"]
    values["topics"] = tuple(values["topics"])
    if not values["topics"]:
        raise ConfigError("option topics in [ingest] is empty; the usual value is notifications")
    if values["consume_default_queue"] and not given.is_given("ingest", "topics"):
        # The queues of the other topic may be somebody else's: they are taken only by name.
        values["topics"] = ("notifications",)
    values["lane_exchange"] = values["lane_exchange"] or None
    refuse_names_of_others(
        None if values["consume_default_queue"] else values["queue"],
        values["lane_exchange"],
        (values["exchange"], values["neutron_exchange"]),
        values["topics"],
    )
    return IngestSettings(**values)


def _notices(values: OptionValues, api: ApiSettings) -> tuple[str, ...]:
    found: list[str] = []
    if values.is_given("ingest", "amqp_durable_queues"):
        found.append(
            "option amqp_durable_queues in [ingest] no longer has an effect, because vifcast "
            "declares nothing of Nova's; remove the line"
        )
    if api.sends_secrets_in_clear:
        found.append(
            f"the API on {api.host} is without TLS, so tokens travel in clear text; set "
            "ssl_cert_file in [api], or listen on 127.0.0.1 behind a proxy that has TLS"
        )
    return tuple(found)


def _retention(days: RetentionSettings) -> RetentionSettings:
    if 0 < days.events_days < MIN_EVENTS_DAYS:
        raise ConfigError(
            f"option events_days in [retention] is {days.events_days}; at least {MIN_EVENTS_DAYS}: "
            "a notification may be ten days old when it arrives, three in a host's outbox and "
            "seven in the queue"
        )
    order = ("events_days", "operations_days", "attachments_days")
    for first, second in pairwise(order):
        shorter, longer = getattr(days, second) or math.inf, getattr(days, first) or math.inf
        if shorter < longer:
            raise ConfigError(
                f"option {second} in [retention] is less than {first}; operations are kept "
                "at least as long as events, and attachments as long as operations: raise it, or "
                f"lower {first}"
            )
    return days
