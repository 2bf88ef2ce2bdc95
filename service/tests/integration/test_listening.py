"""The listening socket under asyncio, which is what uvicorn serves it with."""

import asyncio
import socket

import pytest

from vifcast.api.listening import listen


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_answers_leave_an_accepted_connection_without_waiting_for_an_acknowledgement(
    host: str,
) -> None:
    assert asyncio.run(_no_delay_of_an_accepted_connection(host)) != 0


async def _no_delay_of_an_accepted_connection(host: str) -> int:
    options: asyncio.Queue[int] = asyncio.Queue()

    async def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        options.put_nowait(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with listen(host, 0) as listening:
        server = await asyncio.start_server(accepted, sock=listening)
        async with server:
            _, writer = await asyncio.open_connection(*listening.getsockname()[:2])
            try:
                return await asyncio.wait_for(options.get(), 30)
            finally:
                writer.close()
