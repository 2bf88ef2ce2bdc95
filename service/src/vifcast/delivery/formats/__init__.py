"""Messages in the formats that subscribers can have them in."""

from vifcast.delivery.formats.build import BATCHED, request_of

__all__ = ["BATCHED", "request_of"]
