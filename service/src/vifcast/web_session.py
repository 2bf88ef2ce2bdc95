"""``WebSession``: a browser that is signed in to the pages, as the database has it."""

import datetime as dt

from msgspec import Struct


class WebSession(Struct, frozen=True, gc=False, kw_only=True):
    """``id`` is a digest of the cookie; ``sealed`` the token, encrypted with a key made of it."""

    id: str
    sealed: str
    created_at: dt.datetime
    seen_at: dt.datetime
