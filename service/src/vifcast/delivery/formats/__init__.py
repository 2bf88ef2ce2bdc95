"""Messages in the formats that subscribers can have them in."""

from vifcast.delivery.formats.build import request_of

__all__ = ["request_of"]
