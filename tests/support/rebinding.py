"""A resolver of aiohttp's that changes its mind, as the name server of an attacker does."""

import socket

from aiohttp.abc import AbstractResolver, ResolveResult


class Rebinding(AbstractResolver):
    """Resolves every name to one of ``addresses`` after the other, the last for ever.

    Several addresses in one text, with blanks between them, are given together.
    """

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - aiohttp's
    ) -> list[ResolveResult]:
        """As aiohttp wants it."""
        address = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        return [
            ResolveResult(
                hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0
            )
            for each in address.split()
        ]

    async def close(self) -> None:
        """Nothing is open."""
