r"""The values of options: those of the command line over those of a file.

oslo.config replaces ``$name`` in every value by another option's, and ends where there is none
of that name. A password may have a ``$`` anywhere. So what comes from the command line or the
environment is taken as it is, and so is a secret of the file, but for nova.conf's two ways to
write one ``$``: ``$$`` and ``\$``. No error has a part of a secret in its text.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from oslo_config import cfg

from vifcast.errors import ConfigError

Options = Mapping[str, list[cfg.Opt]]
_Sections = dict[str, dict[str, list[str]]]

# What oslo.config raises for a $ before what is no option, and no group with one.
_NO_SUCH_NAME = (cfg.TemplateSubstitutionError, cfg.NoSuchOptError, cfg.NoSuchGroupError)
# How it begins what it says of a value.
_OF_WHICH = re.compile(r"^Value for option \S+ from .*? is not valid: ")

# Sections that are read by libraries, which check them: vifcast.identity.
OF_LIBRARIES = frozenset({"keystone_authtoken", "oslo_policy", "cache"})

# What is shown of a file's own words; anything else may be a line of a URL that was broken.
_WORD = re.compile(r"[A-Za-z][\w-]{0,60}")


class OptionValues:
    """What is set, or the defaults; ``read`` makes one."""

    def __init__(self, conf: cfg.ConfigOpts, options: Options, file: Path | None) -> None:
        self._conf = conf
        self._options = options
        self.file = file
        self._given: dict[tuple[str, str], Any] = {}

    @classmethod
    def read(cls, options: Options, file: Path | None, overrides: Mapping[str, Any]) -> Self:
        """Read the file, if there is one, and lay ``overrides`` over it. Raises ConfigError.

        An override is named ``"group.option"``; one that is None is not given.
        """
        return cls._read(options, file, overrides, _known(file, _parsed(file), options))

    @classmethod
    def read_known(cls, options: Options, file: Path | None, overrides: Mapping[str, Any]) -> Self:
        """The same, whatever else is in the file or among the overrides. Raises ConfigError."""
        sections = {name: each for name, each in _parsed(file).items() if name in options}
        of_known = {
            name: value for name, value in overrides.items() if name.partition(".")[0] in options
        }
        return cls._read(options, file, of_known, _known(file, sections, options))

    @classmethod
    def _read(
        cls,
        options: Options,
        file: Path | None,
        overrides: Mapping[str, Any],
        sections: _Sections,
    ) -> Self:
        conf = cfg.ConfigOpts()
        for group, registered in options.items():
            conf.register_opts(registered, group=None if group == "DEFAULT" else group)
        values = cls(conf, options, file)
        values._take_secrets(sections)
        files = [str(file)] if file else []
        try:
            conf([], project="vifcast", default_config_files=files, default_config_dirs=[])
        except (cfg.Error, ValueError) as error:
            raise ConfigError(f"configuration file {file}: {_one_line(error)}") from None
        for name, value in overrides.items():
            if value is not None:
                group, _, option = name.partition(".")
                values._override(group, option, value)
        return values

    def get(self, group: str, name: str) -> Any:
        """The value of one option. Raises ConfigError where it is none."""
        if (group, name) in self._given:
            return self._given[group, name]
        option = self._option(group, name)
        if option.secret:
            return option.default
        section = self._conf if group == "DEFAULT" else self._conf[group]
        try:
            return section[name]
        except _NO_SUCH_NAME:
            raise ConfigError(
                f"{self._where(group, name)}: a $ that no option name follows; write $$ for a "
                "literal $"
            ) from None
        except ValueError as error:
            why = _OF_WHICH.sub("", _one_line(error))
            raise ConfigError(f"{self._where(group, name)}: {why}") from None

    def group(self, name: str) -> dict[str, Any]:
        """All options of a group."""
        return {option.dest: self.get(name, option.dest) for option in self._options[name]}

    def is_given(self, group: str, name: str) -> bool:
        """Whether somebody has set it, to whatever value."""
        if (group, name) in self._given:
            return True
        try:
            found = self._conf.get_location(name, None if group == "DEFAULT" else group)
        except (*_NO_SUCH_NAME, ValueError):
            # To one that cannot be read; ``get`` says so.
            return True
        return found is not None and found.location is not cfg.Locations.opt_default

    def _where(self, group: str, name: str) -> str:
        if _variable(group, name) in os.environ:
            return f"{_variable(group, name)} in the environment"
        return f"configuration file {self.file}: option {name} in [{group}]"

    def _take_secrets(self, sections: _Sections) -> None:
        for group, options in self._options.items():
            for option in options:
                if not option.secret:
                    continue
                # As oslo.config's own source: the environment comes before the file.
                of_environment = os.environ.get(_variable(group, option.dest))
                if of_environment is not None:
                    self._given[group, option.dest] = of_environment
                elif written := sections.get(group, {}).get(option.dest):
                    self._given[group, option.dest] = re.sub(r"\$\$|\\\$", "$", written[-1])

    def _override(self, group: str, name: str, value: object) -> None:
        option = self._option(group, name)
        try:
            self._given[group, name] = option.type(value)
        except ValueError as error:
            why = "cannot be read" if option.secret else _one_line(error)
            raise ConfigError(f"option {name}: {why}") from None

    def _option(self, group: str, name: str) -> cfg.Opt:
        return next(option for option in self._options[group] if option.dest == name)


def _parsed(file: Path | None) -> _Sections:
    """What the file says, not interpreted. Raises ConfigError."""
    if file is None:
        return {}
    sections: _Sections = {}
    try:
        cfg.ConfigParser(str(file), sections).parse()
    except FileNotFoundError:
        raise ConfigError(f"configuration file {file} does not exist") from None
    except PermissionError:
        raise ConfigError(f"configuration file {file} cannot be read: permission") from None
    except OSError as error:
        raise ConfigError(f"configuration file {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"configuration file {file} cannot be read: it is not UTF-8") from None
    except cfg.ParseError as error:
        raise ConfigError(
            f"configuration file {file}, line {error.lineno}: this is neither `name = value` below "
            "a section nor `[section]`; a continuation line begins with a blank"
        ) from None
    # The section of auth_token may name another one, where the rest of it stands.
    others = OF_LIBRARIES.union(sections.get("keystone_authtoken", {}).get("auth_section", []))
    return {name: written for name, written in sections.items() if name not in others}


def _known(file: Path | None, sections: _Sections, options: Options) -> _Sections:
    """The same by the options' own names. Raises ConfigError where it says what nobody knows.

    oslo.config ignores a misspelt option; a person would look for it for hours.
    """
    return {name: _known_in(file, name, values, options) for name, values in sections.items()}


def _known_in(
    file: Path | None, section: str, values: dict[str, list[str]], options: Options
) -> dict[str, list[str]]:
    if section not in options:
        known = ", ".join(f"[{name}]" for name in (*options, *sorted(OF_LIBRARIES)))
        raise ConfigError(
            f"configuration file {file}: unknown section {_word(f'[{section}]', section)}; there "
            f"are {known}, and those of the brokers that [ingest] enabled_brokers names"
        )
    names = {option.dest for option in options[section]}
    found: dict[str, list[str]] = {}
    for name, written in values.items():
        if name.replace("-", "_") not in names:
            of_the_log = _options_of_the_log() if section == "DEFAULT" else frozenset()
            if name.replace("-", "_") in of_the_log:
                continue
            more = f", and of the log {', '.join(sorted(of_the_log))}" if of_the_log else ""
            raise ConfigError(
                f"configuration file {file}: unknown option {_word(name, name)} in [{section}]; "
                f"there are {', '.join(sorted(names))}{more}"
            )
        found.setdefault(name.replace("-", "_"), []).extend(written)
    return found


def _options_of_the_log() -> frozenset[str]:
    # Imported here: most commands need no log, and it takes a tenth of a second.
    from vifcast.log import option_names  # noqa: PLC0415

    return option_names()


def _variable(group: str, name: str) -> str:
    """As oslo.config's source of the environment names it."""
    return f"OS_{group}__{name}".upper()


def _word(shown: str, word: str) -> str:
    return shown if _WORD.fullmatch(word) else "(not shown: not a plain word)"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
