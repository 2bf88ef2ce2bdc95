"""OAuth2's ``token_url`` is held to the same networks as receivers, on each connection, too."""

import asyncio
import ipaddress
import json
import socket
from contextlib import contextmanager
from dataclasses import replace

import pytest
from raw_receiver import OK, RawReceiver, always, receiving
from rebinding import Rebinding

from vifcast.config import load_settings
from vifcast.delivery.receiver import Receiver
from vifcast.delivery.request import Request
from vifcast.delivery.sending import Sending
from vifcast.delivery.webhooks import Webhooks
from vifcast.subscription.secrets import OAuth2

TOKEN = json.dumps({"access_token": "token-1", "token_type": "Bearer"}).encode()
TOKEN_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(TOKEN), TOKEN)
SETTINGS = replace(load_settings().delivery, timeout_s=10.0)
# Where the receiver is is allowed; where the endpoint first seems to be is not.
ALLOWED = (ipaddress.ip_network("127.0.0.2"),)


@contextmanager
def listening(respond, host):
    receiver = RawReceiver(respond, host=host)
    try:
        yield receiver
    finally:
        receiver.close()


def send(url, token_url, *, resolver=None, **settings):
    oauth2 = OAuth2(token_url=token_url, client_id="vifcast", client_secret="s3cr3t")

    async def one():
        given = replace(SETTINGS, allowed_networks=ALLOWED, **settings)
        async with Webhooks(given, resolver) as webhooks:
            request = Request("message-1", {}, b"{}")
            return await Sending(webhooks).send(url, request, Receiver(oauth2=oauth2))

    return asyncio.run(one())


def test_token_is_not_fetched_from_a_forbidden_address():
    with listening(always(OK), "127.0.0.2") as receiver, receiving(always(OK)) as endpoint:
        answer = send(f"http://127.0.0.2:{receiver.port}/", endpoint.url)
        assert (endpoint.connections, receiver.connections) == (0, 0)
    assert answer.error.startswith(f"no OAuth2 token was had from {endpoint.url}: ")
    assert "127.0.0.0/8 (loopback)" in answer.error
    assert "allowed_networks in [delivery]" in answer.error
    assert "s3cr3t" not in answer.error


def test_name_of_the_endpoint_that_leads_elsewhere_by_then_is_refused():
    """DNS rebinding: when the subscription was made, the name had a public address."""
    with listening(always(OK), "127.0.0.2") as receiver, receiving(always(OK)) as endpoint:
        answer = send(
            f"http://127.0.0.2:{receiver.port}/",
            f"http://rebinding.example:{endpoint.port}/token",
            resolver=Rebinding("127.0.0.1"),
        )
        assert (endpoint.connections, receiver.connections) == (0, 0)
    assert "127.0.0.0/8 (loopback)" in answer.error


def test_of_several_addresses_of_the_endpoint_an_allowed_one_is_connected_to():
    with (
        listening(always(OK), "127.0.0.2") as receiver,
        listening(always(TOKEN_ANSWER), "127.0.0.2") as endpoint,
        socket.create_server(("127.0.0.1", endpoint.port)) as forbidden,
    ):
        forbidden.setblocking(False)
        answer = send(
            f"http://127.0.0.2:{receiver.port}/",
            f"http://two.example:{endpoint.port}/token",
            resolver=Rebinding("127.0.0.1 127.0.0.2"),
        )
        with pytest.raises(BlockingIOError):
            forbidden.accept()
        (sent,) = receiver.requests
        (asked,) = endpoint.requests
    assert answer.error is None
    assert b"grant_type=client_credentials" in asked
    assert b"Authorization: Bearer token-1\r\n" in sent


def test_inner_endpoint_is_refused_through_a_proxy_too():
    with receiving(always(OK)) as proxy:
        answer = send(
            "http://cmp.example.org/", "http://10.0.0.5/token",
            proxy=f"http://127.0.0.1:{proxy.port}",
        )  # fmt: skip
        assert proxy.connections == 0
    assert "10.0.0.0/8 (private)" in answer.error
