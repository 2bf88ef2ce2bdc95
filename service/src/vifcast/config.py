"""How the ``options``, read by ``option_values``, become one ``Settings`` value."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import platformdirs

from vifcast.api_settings import Address, ApiSettings
from vifcast.delivery_settings import DeliverySettings
from vifcast.errors import ConfigError
from vifcast.ingest_settings import (
    IngestSettings,
    broker_names,
    settings_of_brokers,
    settings_of_ingest,
)
from vifcast.option_values import OF_LIBRARIES, OptionValues
from vifcast.options import BROKER_OPTIONS, OPTIONS

DEFAULT_CONFIG_FILE = Path("/etc/vifcast/vifcast.conf")

# Nothing that still may arrive is older.
MIN_EVENTS_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Section [database]; without ``connection`` it is an SQLite file in the data directory."""

    connection: str | None = field(repr=False)
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """Section [retention]: days, 0 is for ever."""

    events_days: int
    operations_days: int
    attachments_days: int
    dead_letters_days: int
    deliveries_days: int
    undelivered_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileSettings:
    """Section [reconcile], and of each region the cloud that its ledger is compared with.

    The region None is that of all that has none. Where ``after_gap`` is set, every region is there.
    """

    clouds: Mapping[str | None, str]
    after_gap: bool
    settle_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set, checked; ``notices``: what to say about it all the same.

    ``brokers`` are those that are read, of which there is at least one. ``ingest`` is what [ingest]
    says: of the only broker, or of whatever a broker's section leaves out.
    """

    data_dir: Path
    log_level: str
    database: DatabaseSettings
    ingest: IngestSettings
    brokers: tuple[IngestSettings, ...]
    overdue_after_s: int
    retention: RetentionSettings
    reconcile: ReconcileSettings
    api: ApiSettings
    health: Address | None
    delivery: DeliverySettings
    config_file: Path | None
    notices: tuple[str, ...] = ()

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that brokers have; empty where none has one."""
        return tuple(dict.fromkeys(each.region for each in self.brokers if each.region))

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
    given = overrides or {}
    names = broker_names(
        OptionValues.read_known(OPTIONS, config_file, given), {*OPTIONS, *OF_LIBRARIES}
    )
    sections = OPTIONS | dict.fromkeys(names, BROKER_OPTIONS)
    return _settings(OptionValues.read(sections, config_file, given), names)


def _settings(values: OptionValues, names: tuple[str, ...]) -> Settings:
    ingest = settings_of_ingest(values)
    brokers = settings_of_brokers(values, names) if names else (ingest,)
    api = ApiSettings.of(values.group("api"))
    health = values.get("health", "listen")
    data_dir = values.get("DEFAULT", "data_dir") or platformdirs.user_data_path("vifcast")
    return Settings(
        data_dir=Path(data_dir).expanduser(),
        log_level=values.get("DEFAULT", "log_level"),
        database=DatabaseSettings(**values.group("database")),
        ingest=ingest,
        brokers=brokers,
        overdue_after_s=values.get("ledger", "overdue_after_s"),
        retention=_retention(RetentionSettings(**values.group("retention"))),
        reconcile=_reconcile(values, brokers),
        api=api,
        health=Address.read(health, "[health]") if health else None,
        delivery=DeliverySettings.of(values.group("delivery")),
        config_file=values.file,
        notices=_notices(values, api),
    )


def _reconcile(values: OptionValues, brokers: tuple[IngestSettings, ...]) -> ReconcileSettings:
    given = values.group("reconcile")
    of_all = given.pop("cloud") or None
    clouds: dict[str | None, str] = {}
    for each in brokers:
        cloud = (values.get(each.name, "cloud") if each.name else None) or of_all
        if cloud is None and given["after_gap"]:
            where = "" if each.name is None else f", there or in [{each.name}]"
            raise ConfigError(
                f"option after_gap in [reconcile] is true but no cloud is set{where}: set cloud to "
                "the name of one in clouds.yaml, the same as for vifcast reconcile --cloud"
            )
        if cloud is not None and clouds.setdefault(each.region, cloud) != cloud:
            raise ConfigError(
                f"option cloud in [{each.name}] is {cloud}, and that of another broker of the same "
                f"region is {clouds[each.region]}; a region has one cloud: set it once"
            )
    return ReconcileSettings(clouds=clouds, **given)


def _notices(values: OptionValues, api: ApiSettings) -> tuple[str, ...]:
    found: list[str] = []
    if values.is_given("ingest", "amqp_durable_queues"):
        found.append(
            "option amqp_durable_queues in [ingest] no longer has an effect, because vifcast "
            "declares nothing of Nova's; remove the line"
        )
    if api.sends_secrets_in_clear:
        found.append(
            f"the API on {api.address.host} is without TLS, so tokens travel in clear text; set "
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
