"""``PolicyFile``: the rules of [oslo_policy] policy_file, read anew when it changes.

oslo.policy would do that by itself: with a file that it cannot read it fails once and goes on with
the former rules without a word, and with one that was removed it goes on with the defaults, which
may allow what the file forbade.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from oslo_config import cfg
from oslo_policy import opts, policy

from vifcast.errors import ConfigError
from vifcast.identity.rules import list_rules

LOG = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
# Also what oslo.policy raises where the file is YAML, but no mapping of names to rules.
_CANNOT_BE_USED = (
    *(cfg.Error, ValueError, OSError, AttributeError, TypeError),
    policy.InvalidDefinitionError,
)

# Name, time, size and number of each file.
_State = tuple[tuple[str, int, int, int], ...]


class PolicyFile:
    """Called from several threads. Raises ConfigError where the file cannot be used at first.

    ``problem``: why the rules are not those of the file as it is now; None: they are.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.problem: str | None = None
        try:
            self._enforcer = _loaded(file)
        except _CANNOT_BE_USED as error:
            raise ConfigError(
                "the policy file ([oslo_policy] policy_file, by default policy.yaml beside "
                f"{file or 'vifcast.conf'}) cannot be used: {_one_line(error)}"
            ) from None
        self._state = _state_of(self._enforcer)
        self._look_at = time.monotonic() + _LOOK_EVERY_S

    def look(self) -> policy.Enforcer:
        """The rules that hold, after a look at the file if it is time."""
        if time.monotonic() >= self._look_at and self._lock.acquire(blocking=False):
            try:
                self._look_at = time.monotonic() + _LOOK_EVERY_S
                self._read_if_changed()
            finally:
                self._lock.release()
        return self._enforcer

    def _read_if_changed(self) -> None:
        state = _state_of(self._enforcer)
        if state == self._state:
            return
        self._state = state
        path = self._enforcer.policy_path
        try:
            if path is not None and not Path(path).exists():
                raise FileNotFoundError("it was removed; for the defaults, leave an empty file")
            enforcer = _loaded(self._file)
        except _CANNOT_BE_USED as error:
            named = path or self._enforcer.conf.oslo_policy.policy_file
            self.problem = f"the policy file {named} cannot be used: {_one_line(error)}"
            LOG.error(  # noqa: TRY400 - one line
                "%s; what it said before goes on to hold", self.problem
            )
            return
        self._enforcer, self.problem = enforcer, None
        self._state = _state_of(enforcer)
        LOG.info("the policy file %s has changed and holds now", enforcer.policy_path)


def _loaded(file: Path | None) -> policy.Enforcer:
    enforcer = read_enforcer(file)
    for path in _paths(enforcer):
        # Where it cannot be read oslo.policy logs that, too.
        with path.open("rb"):
            pass
    enforcer.load_rules()
    _refuse_unknown(file, enforcer)
    # From now on it is read here.
    enforcer.use_conf = False
    return enforcer


def _paths(enforcer: policy.Enforcer) -> Iterator[Path]:
    conf = enforcer.conf
    found = enforcer.policy_path or conf.find_file(conf.oslo_policy.policy_file)
    if found:
        yield Path(found)
    for name in conf.oslo_policy.policy_dirs:
        folder = conf.find_file(name)
        if folder and os.access(folder, os.R_OK):
            yield from sorted(each for each in Path(folder).iterdir() if each.is_file())


def _state_of(enforcer: policy.Enforcer) -> _State:
    found = []
    for path in _paths(enforcer):
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(found)


def _one_line(error: Exception) -> str:
    text = str(error) if not isinstance(error, AttributeError | TypeError) else "it has no rules"
    return " ".join(text.split())


def read_enforcer(file: Path | None) -> policy.Enforcer:
    """The rules and their defaults, not yet loaded."""
    conf = cfg.ConfigOpts()
    opts.set_defaults(conf)
    files = [str(file)] if file else []
    conf([], project="vifcast", default_config_files=files, default_config_dirs=[])
    enforcer = policy.Enforcer(conf)
    enforcer.register_defaults(list_rules())
    return enforcer


def _refuse_unknown(file: Path | None, enforcer: policy.Enforcer) -> None:
    """oslo.policy ignores what it does not know; a person would believe that it holds.

    Raises ValueError.
    """
    conf = enforcer.conf
    at = conf.get_location("policy_file", "oslo_policy")
    is_named = at is not None and at.location is cfg.Locations.user
    if is_named and conf.find_file(conf.oslo_policy.policy_file) is None:
        raise ValueError(f"there is no file {conf.oslo_policy.policy_file}")
    written: dict[str, dict[str, list[str]]] = {}
    if file is not None:
        cfg.ConfigParser(str(file), written).parse()
    for name in written.get("oslo_policy", {}):
        if name.replace("-", "_") not in conf.oslo_policy:
            raise ValueError(f"section [oslo_policy] has an unknown option, {name[:60]!r}")
    known = {rule.name for rule in list_rules()}
    for name in enforcer.file_rules:
        if name.startswith("vifcast:") and name not in known:
            raise ValueError(
                f"it has an unknown rule, {name[:60]!r}; oslopolicy-sample-generator --namespace "
                "vifcast lists all"
            )
