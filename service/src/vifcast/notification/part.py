"""A JSON object inside a payload, read key by key."""

from dataclasses import dataclass
from typing import Any, Self

from vifcast.addresses import canonical_ip, canonical_mac, ip_version
from vifcast.errors import InvalidValueError, NotificationError
from vifcast.model import FixedIp
from vifcast.notification.envelope import clean, is_clean, short
from vifcast.quick import quick


@quick
@dataclass(frozen=True, slots=True)
class Part:
    """``name`` says where it stands, for the reason of a dead letter.

    Every method raises NotificationError (``code``) where the key holds another kind of value.
    """

    values: dict[str, Any]
    name: str
    code: str = "payload_invalid"

    def text(self, key: str) -> str | None:
        """The text, None where there is none or an empty one."""
        found = self.values.get(key)
        if found is None or is_clean(found):
            return found or None
        if isinstance(found, str):
            return clean(found, f"{key} in {self.name}")
        raise self.broken(f"has {key} = {short(found)}, which is not a text")

    def required(self, key: str) -> str:
        """The text, which has to be there."""
        text = self.text(key)
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
            raise self.broken(f"has {key} = {short(text)}, which is not an IP address") from None

    def fixed_ip(self, key: str, subnet_cidr: str | None = None) -> FixedIp:
        """The IP address, which has to be there, as one of a NIC."""
        address = self.ip(key)
        if address is None:
            raise self.broken(f"has no {key}")
        return FixedIp(address, ip_version(address), subnet_cidr)

    def mac(self, key: str) -> str | None:
        """The MAC; a hardware address of another kind stays, in lower case."""
        text = self.text(key)
        if text is None:
            return None
        try:
            return canonical_mac(text)
        except InvalidValueError:
            # Some letters are longer in lower case.
            return clean(text.lower(), f"{key} in {self.name}")

    def inside(self, key: str) -> Self:
        """The object, which has to be there."""
        return self._part(self.values.get(key), key)

    def each(self, key: str) -> list[Self]:
        """The objects of the list, which has to be there."""
        found = self.values.get(key)
        if not isinstance(found, list):
            raise self.broken(f"has {key} that is not a list")
        return [self._part(item, key) for item in found]

    def broken(self, what: str) -> NotificationError:
        """The error that says so."""
        return NotificationError(self.code, f"{self.name} {what}")

    def _part(self, value: object, key: str) -> Self:
        if not isinstance(value, dict):
            raise self.broken(f"has {key} that is not an object, or holds something else than one")
        return type(self)(value, f"{key} in {self.name}", self.code)
