"""pytest fixtures for who makes subscriptions: by commands here and over the API, and by HTTP."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from vifcast import times
from vifcast.token import Role, new_token


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration file that lets this machine receive."""
    file = tmp_path / "vifcast.conf"
    file.write_text(
        f"[DEFAULT]\ndata_dir = {tmp_path}\n[delivery]\nallowed_networks = 127.0.0.0/8\n"
    )
    return file


@pytest.fixture
def delivering(serve: Any, config: Path) -> Any:
    """A service with that configuration, which asks for tokens."""
    return serve("memory://", config_file=config, api__auth="token")


@pytest.fixture(params=["local", "remote"])
def asked(
    request: pytest.FixtureRequest, delivering: Any, config: Path, tmp_path: Path
) -> dict[str, str]:
    """The environment in which ``vifcast …`` asks its database, or its API."""
    token, text = new_token("test", Role.ADMIN, None, times.now(), None)
    delivering.store.add_token(token)
    (tmp_path / "token").write_text(text)
    return {
        "local": {"VIFCAST_CONFIG_FILE": str(config)},
        "remote": {"VIFCAST_URL": delivering.url, "VIFCAST_TOKEN_FILE": str(tmp_path / "token")},
    }[request.param]


@contextmanager
def clients_of(
    server: Any, who: Mapping[str, tuple[Role, str | None]]
) -> Iterator[dict[str, httpx.Client]]:
    """An HTTP client with a token for each role and project (None: the system)."""
    with ExitStack() as opened:
        clients = {}
        for name, (role, project) in who.items():
            token, text = new_token(name, role, project, times.now(), None)
            server.store.add_token(token)
            headers = {"authorization": f"Bearer {text}"}
            client = httpx.Client(base_url=server.url, headers=headers, timeout=30)
            clients[name] = opened.enter_context(client)
        yield clients
