"""The settings of each broker: of the one in [ingest], or of those that enabled_brokers names.

A broker's section says what of [ingest] is otherwise for it. Nothing else in vifcast knows how
many brokers there are: whoever reads one has its ``IngestSettings``.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from vifcast.errors import ConfigError
from vifcast.names import refuse_names_of_others
from vifcast.option_values import OptionValues
from vifcast.options import BROKER_OPTIONS

_INGEST = "ingest"
_OPTION = "option enabled_brokers in [ingest]"

# So is it shown, and a metric's label; what begins with another sign may be a part of a password.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
# In metrics the label of the broker that has no name.
_RESERVED = frozenset({"default"})

# No name on the bus is longer, and no column that holds a broker's and a queue's.
_MAX_KEY = 255
_MAX_REGION = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSettings:
    """How one broker is read; ``name`` and ``region`` are None without enabled_brokers."""

    name: str | None = None
    region: str | None = None
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

    @property
    def label(self) -> str:
        """The broker's name where it must have one: in metrics, and for people."""
        return self.name or "default"

    @property
    def queue_key(self) -> str:
        """The queue, and whose it is: two brokers may each have a queue of one name."""
        return self.queue if self.name is None else f"{self.name}:{self.queue}"


def broker_names(values: OptionValues, sections: Collection[str]) -> tuple[str, ...]:
    """The names in enabled_brokers; ``sections`` are vifcast's own. Raises ConfigError."""
    names = tuple(values.get(_INGEST, "enabled_brokers"))
    for name in names:
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"{_OPTION}: the name of a broker begins with a letter and has up to 60 letters, "
                f"digits, - and _; this is none: {name if name.isalnum() else '(not shown)'}"
            )
        if name.lower() in {*map(str.lower, sections), *_RESERVED}:
            raise ConfigError(
                f"{_OPTION} names {name}, which is a name of vifcast's own; give that broker and "
                "its section another name"
            )
    # The environment's variables know no small letters.
    for name, number in Counter(map(str.lower, names)).items():
        if number > 1:
            raise ConfigError(f"{_OPTION} names {name} {number} times; names differ, case aside")
    return names


def settings_of_ingest(values: OptionValues) -> IngestSettings:
    """What [ingest] says. Raises ConfigError."""
    given = values.group(_INGEST)
    del given["amqp_durable_queues"], given["enabled_brokers"]
    return _checked(given, values, None)


def settings_of_brokers(values: OptionValues, names: Collection[str]) -> tuple[IngestSettings, ...]:
    """Those of the sections of these names. Raises ConfigError."""
    if values.is_given(_INGEST, "transport_url"):
        raise ConfigError(
            f"{_OPTION} names brokers, and transport_url of [ingest] (or --transport-url, "
            "VIFCAST_TRANSPORT_URL) names another one, which would not be read; give each broker "
            "its transport_url in its own section, and take that one out"
        )
    return tuple(_settings_of(values, name) for name in names)


def _settings_of(values: OptionValues, name: str) -> IngestSettings:
    given: dict[str, Any] = {
        option.dest: values.get(_section_of(values, name, option.dest), option.dest)
        for option in BROKER_OPTIONS
        if option.dest not in {"transport_url", "region", "cloud"}
    }
    url = values.get(name, "transport_url")
    if not url:
        raise ConfigError(
            f"{_OPTION} names {name}, but there is no section [{name}] with a transport_url; "
            "add it, or take the name out"
        )
    region = values.get(name, "region") or None
    if region is not None and (len(region) > _MAX_REGION or not region.isprintable()):
        raise ConfigError(
            f"option region in [{name}] is longer than {_MAX_REGION} characters, or has some that "
            "cannot be printed; it is Keystone's name of the region (openstack region list)"
        )
    settings = _checked(given | {"transport_url": url, "region": region}, values, name)
    if len(settings.queue_key) > _MAX_KEY:
        raise ConfigError(
            f"option queue in [{_section_of(values, name, 'queue')}] is too long: with the name of "
            f"the broker, {name}, it has more than {_MAX_KEY} characters"
        )
    return settings


def _section_of(values: OptionValues, name: str | None, option: str) -> str:
    """Where the option of that broker is set."""
    return name if name is not None and values.is_given(name, option) else _INGEST


def _checked(given: dict[str, Any], values: OptionValues, name: str | None) -> IngestSettings:
    given["topics"] = tuple(given["topics"])
    section = _section_of(values, name, "topics")
    if not given["topics"]:
        raise ConfigError(
            f"option topics in [{section}] is empty; the usual value is notifications"
        )
    if given["consume_default_queue"] and not values.is_given(section, "topics"):
        # The queues of the other topic may be somebody else's: they are taken only by name.
        given["topics"] = ("notifications",)
    given["lane_exchange"] = given["lane_exchange"] or None
    refuse_names_of_others(
        None if given["consume_default_queue"] else given["queue"],
        given["lane_exchange"],
        (given["exchange"], given["neutron_exchange"]),
        given["topics"],
        lambda option: _section_of(values, name, option),
    )
    return IngestSettings(name=name, **given)
