"""The application below ``/ui``, and the wall in front of it."""

import datetime as dt
from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Depends, FastAPI
from starlette.types import ASGIApp

from vifcast.api.authentication import AsCaller
from vifcast.api.stream.route import stream_router
from vifcast.api.stream.streams import Streams
from vifcast.api_settings import ApiSettings, Auth
from vifcast.identity.asked import Authenticator
from vifcast.identity.credentials import SignIn
from vifcast.store import Store
from vifcast.web.assets import Assets
from vifcast.web.csrf import OWN_FORMS
from vifcast.web.errors import install_error_pages, show_problem
from vifcast.web.pages import (
    dead_letter_actions,
    dead_letters,
    deliveries,
    find,
    hosts,
    notifications,
    now,
    preferences,
    replays,
    servers,
    settings,
    sign_in,
    subscription_actions,
    subscription_filter,
    subscription_forms,
    subscriptions,
)
from vifcast.web.pages.sign_in import Door
from vifcast.web.sessions import Sessions
from vifcast.web.site import Site
from vifcast.web.wall import Wall

# In the order in which paths are looked for.
_PAGES: tuple[Callable[[Site], APIRouter], ...] = (
    now.routes,
    hosts.routes,
    dead_letters.routes,
    dead_letter_actions.routes,
    settings.routes,
    subscription_filter.routes,
    subscription_forms.routes,
    subscriptions.routes,
    subscription_actions.routes,
    replays.routes,
    deliveries.routes,
    find.routes,
    servers.routes,
    notifications.routes,
)


class Web:
    """The pages of one process."""

    def __init__(
        self, site: Site, streams: Streams, authenticator: Authenticator, keystone: SignIn | None
    ) -> None:
        self._show = partial(show_problem, site.renderer)
        self._sessions = sessions_of(site.store, site.settings.api)
        app = self.application = FastAPI(
            openapi_url=None, dependencies=[OWN_FORMS], redirect_slashes=False
        )
        install_error_pages(app, site.renderer, site.policy)
        app.mount("/static", Assets())
        # Read by pages, whose session is sent along.
        app.include_router(
            stream_router(streams, site.store, site.policy, readers_of="the pages of ")
        )
        app.include_router(preferences.routes(site))
        if self._sessions is not None:
            app.include_router(sign_in.routes(Door(site, self._sessions, authenticator, keystone)))

        def may_open(caller: AsCaller) -> None:
            site.policy.require(caller, "vifcast:page:get")

        for routes in _PAGES:
            app.include_router(routes(site), dependencies=[Depends(may_open)])

    def wall(self, app: ASGIApp) -> ASGIApp:
        """What goes around whatever finds out who asks."""
        return Wall(app, self._sessions, self._show)


def sessions_of(store: Store, api: ApiSettings) -> Sessions | None:
    """Where browsers have to sign in; None: all are one caller."""
    if api.auth is Auth.NONE:
        return None
    return Sessions(
        store,
        idle=dt.timedelta(seconds=api.session_idle_s),
        longest=dt.timedelta(seconds=api.session_max_s),
    )
