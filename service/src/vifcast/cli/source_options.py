"""The options that name a source of answers: a database here, or an API."""

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from vifcast.cli.local_source import LocalSource
from vifcast.cli.options import config_options, open_store, read_settings
from vifcast.cli.source import Source
from vifcast.errors import InvalidValueError

TOKEN_VARIABLE = "VIFCAST_TOKEN"  # noqa: S105 (its name)

_REMOTE = ("url", "os_cloud")
_OF_REMOTE = (*_REMOTE, "token_file", "cacert", "timeout_s")
_LOCAL = ("config_file", "data_dir")
_FLAGS = {
    "url": "--url",
    "os_cloud": "--os-cloud",
    "token_file": "--token-file",
    "config_file": "--config-file",
    "data_dir": "--data-dir",
}


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--url`` and the rest; the command gets an ``origin``."""

    @functools.wraps(command)
    def run(*args: Any, **given: Any) -> Any:
        chosen = {name: given.pop(name) for name in (*_LOCAL, *_OF_REMOTE)}
        return command(*args, origin=Origin(**chosen), **given)

    for option in reversed(
        (
            click.option(
                "--url",
                envvar="VIFCAST_URL",
                show_envvar=True,
                metavar="URL",
                help="Ask the API of the vifcast at this address instead of a database here.",
            ),
            click.option(
                "--token-file",
                envvar="VIFCAST_TOKEN_FILE",
                show_envvar=True,
                metavar="FILE",
                type=click.Path(dir_okay=False, readable=False),
                help="Read the token for --url from this file; - is standard input. Without it, "
                f"the environment variable {TOKEN_VARIABLE} holds the token.",
            ),
            click.option(
                "--os-cloud",
                envvar="VIFCAST_OS_CLOUD",
                show_envvar=True,
                metavar="NAME",
                help="Ask the API in the catalogue of this cloud of clouds.yaml, with its "
                "credentials. OS_CLOUD is not read.",
            ),
            click.option(
                "--cacert",
                envvar="VIFCAST_CACERT",
                show_envvar=True,
                metavar="FILE",
                type=click.Path(exists=True, dir_okay=False),
                help="Certificates of the authorities that the API's certificate is checked with.",
            ),
            click.option(
                "--timeout",
                "timeout_s",
                type=click.FloatRange(min=0.1),
                default=60.0,
                show_default=True,
                metavar="SECONDS",
                help="Wait so long for each answer of the API.",
            ),
        )
    ):
        run = option(run)
    return config_options(run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What the options say; ``open`` opens it."""

    config_file: Path | None
    data_dir: str | None
    url: str | None
    os_cloud: str | None
    token_file: str | None
    cacert: str | None
    timeout_s: float

    @contextmanager
    def open(self) -> Iterator[Source]:
        """The source, as long as it is needed."""
        is_remote = self._is_remote()
        source: Source = self._remote() if is_remote else self._local()
        try:
            yield source
        finally:
            source.close()

    def _is_remote(self) -> bool:
        """What stands on the command line counts for more than the environment."""
        typed = {name for name in (*_LOCAL, *_REMOTE) if _is_typed(name)}
        local, remote = ([each for each in names if each in typed] for names in (_LOCAL, _REMOTE))
        if local and remote:
            raise click.UsageError(
                f"{_FLAGS[remote[0]]} asks an API, {_FLAGS[local[0]]} is about a database here: "
                "leave out one of them"
            )
        if local:
            return False
        return self.url is not None or self.os_cloud is not None

    def _local(self) -> Source:
        if _is_typed("token_file"):
            raise click.UsageError("--token-file needs --url")
        settings = read_settings(self.config_file, self.data_dir)
        return LocalSource(open_store(self.config_file, self.data_dir), settings)

    def _remote(self) -> Source:
        # Imported here: requests takes a moment, which questions to a database need not wait for.
        from vifcast.cli.remote_source import RemoteSource  # noqa: PLC0415
        from vifcast.client.address import is_open_road  # noqa: PLC0415

        more: dict[str, Any] = {"cacert": self.cacert, "timeout_s": self.timeout_s}
        # --url that is typed asks with a token, even where the environment names a cloud.
        if self.os_cloud is not None and not (_is_typed("url") and not _is_typed("os_cloud")):
            if _is_typed("token_file"):
                raise click.UsageError("--os-cloud has credentials of its own: no --token-file")
            url = self.url if _is_typed("url") else None
            return RemoteSource.from_cloud(self.os_cloud, url=url, **more)
        if self.url is None:
            raise click.UsageError("give --url or --os-cloud")
        token = self._token()
        if token is not None and is_open_road(self.url):
            click.echo("Warning: the token travels unencrypted; use an https:// address.", err=True)
        return RemoteSource(self.url, token, **more)

    def _token(self) -> str | None:
        if self.token_file is None:
            return os.environ.get(TOKEN_VARIABLE) or None
        try:
            with click.open_file(self.token_file) as file:
                return str(file.read())
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise InvalidValueError(
                f"--token-file {self.token_file} cannot be read: {reason}"
            ) from error


def _is_typed(name: str) -> bool:
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.COMMANDLINE
