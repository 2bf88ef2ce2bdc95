"""``UnsendableError``: a message that a subscriber is not to have."""

from vifcast.errors import VifcastError


class UnsendableError(VifcastError):
    """The text says why; the delivery is cancelled with it."""

    code = "unsendable"
