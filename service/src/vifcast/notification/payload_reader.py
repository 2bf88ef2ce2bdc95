"""A JSON object inside a payload, read key by key.

What an event must have to be right is read with ``required`` and ``inside``, which refuse. All
else is decoration: where it is odd it is None, with a note on the event.
"""

from typing import Any, Self

from msgspec import Struct

from vifcast.addresses import canonical_ip, canonical_mac, ip_version
from vifcast.errors import InvalidValueError, NotificationError
from vifcast.model import FixedIp
from vifcast.notification.envelope import clean, is_clean, readable, short


class Part(Struct, frozen=True, gc=False):
    """``name`` says where it stands, for notes and for the reason of a dead letter.

    ``notes`` are those of the whole notification; ``code`` is of the NotificationError that
    some methods raise.
    """

    values: dict[str, Any]
    name: str
    notes: list[str]
    code: str = "payload_invalid"

    def text(self, key: str) -> str | None:
        """The text; None where there is none, an empty one, or something odd."""
        found = self.values.get(key)
        if found is None or is_clean(found):
            return found or None
        return readable(found, f"{key} in {self.name}", self.notes)

    def required(self, key: str) -> str:
        """The text, which has to be there. Raises NotificationError."""
        found = self.values.get(key)
        if found is not None and not isinstance(found, str):
            raise self.broken(f"has {key} = {short(found)}, which is not a text")
        text = clean(found, f"{key} in {self.name}")
        if text is None:
            raise self.broken(f"has no {key}")
        return text

    def ip(self, key: str) -> str | None:
        """The IP address in its canonical spelling."""
        text = self.text(key)
        if text is None:
            return None
        try:
            return canonical_ip(text)
        except InvalidValueError:
            self.note(f"has {key} = {short(text)}, which is not an IP address")
            return None

    def mac(self, key: str) -> str | None:
        """The MAC, or another kind of hardware address, in its canonical spelling."""
        text = self.text(key)
        if text is None:
            return None
        try:
            return canonical_mac(text)
        except InvalidValueError:
            self.note(f"has {key} = {short(text)}, which is not a hardware address")
            return None

    def fixed_ip(self, key: str) -> FixedIp | None:
        """The IP address as one of a NIC."""
        address = self.ip(key)
        if address is None:
            if not self.values.get(key):
                self.note(f"has no {key}")
            return None
        version = ip_version(address)
        if self.values.get("version", version) not in (version, None):
            self.note(f"has version = {short(self.values['version'])}, and {key} = {address}")
        return FixedIp(address, version, self.text("subnet_cidr"))

    def fixed_ips(self, key: str) -> tuple[FixedIp, ...]:
        """The addresses in the list that are such; its objects have ``ip_address``."""
        found = [ip.fixed_ip("ip_address") for ip in self.each(key)]
        return tuple(ip for ip in found if ip is not None)

    def inside(self, key: str) -> Self:
        """The object, which has to be there. Raises NotificationError."""
        found = self.values.get(key)
        if not isinstance(found, dict):
            raise self.broken(f"has {key} that is not an object, or holds something else than one")
        return self._part(found, key)

    def each(self, key: str) -> list[Self]:
        """The objects in the list; what is none is left out, with a note."""
        found = self.values.get(key)
        if not isinstance(found, list):
            self.note(f"has {key} that is not a list")
            return []
        parts = [self._part(item, key) for item in found if isinstance(item, dict)]
        if len(parts) < len(found):
            self.note(f"has {key} of {len(found)}, of which {len(parts)} are objects")
        return parts

    def note(self, what: str) -> None:
        """Note on the event what is odd."""
        self.notes.append(f"{self.name} {what}")

    def broken(self, what: str) -> NotificationError:
        """The error that reports it."""
        return NotificationError(self.code, f"{self.name} {what}")

    def _part(self, value: dict[str, Any], key: str) -> Self:
        return type(self)(value, f"{key} in {self.name}", self.notes, self.code)
