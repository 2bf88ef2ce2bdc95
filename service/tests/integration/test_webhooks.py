"""Webhooks against receivers that answer well, badly, too much, too slowly or not at all."""

import asyncio
import gzip
import ipaddress
import socket
import ssl
import struct
import threading
import time
from dataclasses import replace
from email.utils import formatdate

import pytest
from raw_receiver import OK, always, endless, receiving, silent, then_close
from rebinding import Rebinding

from authority import Authority
from vifcast.config import load_settings
from vifcast.delivery.receiver import Receiver
from vifcast.delivery.request import Request
from vifcast.delivery.webhooks import Webhooks
from vifcast.version import __version__

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
# Longer than a test may run: what ends without QUICK ends for another reason.
SETTINGS = replace(load_settings().delivery, allowed_networks=LOOPBACK, timeout_s=3600.0)
QUICK = replace(SETTINGS, timeout_s=0.6, connect_timeout_s=0.4)
REQUEST = Request("message-1", {"Content-Type": "application/json"}, b'{"a": 1}')


def send(url, *, settings=SETTINGS, receiver=None, resolver=None, request=REQUEST):
    """One attempt in a loop of its own."""

    async def one():
        async with Webhooks(settings, resolver) as webhooks:
            return await webhooks.send(url, request, receiver or Receiver())

    return asyncio.run(one())


def answer_of(respond, **options):
    with receiving(respond) as receiver:
        return send(receiver.url, **options)


def test_success_has_the_beginning_of_the_body_and_the_address():
    answer = answer_of(always(OK))
    assert (answer.status_code, answer.error, answer.body) == (200, None, "ok")
    assert answer.address == "127.0.0.1"


def test_request_has_its_headers_and_ours_win():
    receiver_headers = Receiver(headers={"X-Key": "abc", "User-Agent": "other"})
    with receiving(always(OK)) as receiver:
        send(receiver.url, receiver=receiver_headers)
        (request,) = receiver.requests
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /hook HTTP/1.1"
    assert "X-Key: abc" in lines
    assert f"User-Agent: vifcast/{__version__}" in lines
    assert "Accept-Encoding: identity" in lines
    assert body == REQUEST.body


def test_connection_is_used_again():
    async def several(url):
        async with Webhooks(SETTINGS) as webhooks:
            return [await webhooks.send(url, REQUEST) for _ in range(5)]

    with receiving(always(OK)) as receiver:
        answers = asyncio.run(several(receiver.url))
        assert receiver.connections == 1
    assert [each.address for each in answers] == ["127.0.0.1"] * 5


def test_kept_connection_that_the_receiver_closed_is_no_failure():
    async def twice(receiver):
        async with Webhooks(SETTINGS) as webhooks:
            first = await webhooks.send(receiver.url, REQUEST)
            second = await webhooks.send(receiver.url, REQUEST)
            return first, second

    def respond(connection, _):
        # Answers the first request of a connection; takes the next and closes.
        connection.sendall(OK)
        connection.recv(65536)
        connection.shutdown(socket.SHUT_RDWR)

    with receiving(respond) as receiver:
        answers = asyncio.run(twice(receiver))
        assert receiver.connections == 2
    assert [each.error for each in answers] == [None, None]


def test_kept_connection_that_the_receiver_resets_is_no_failure():
    """As where it has closed it, and the request comes before that is known here."""

    async def twice(receiver):
        async with Webhooks(SETTINGS) as webhooks:
            first = await webhooks.send(receiver.url, REQUEST)
            second = await webhooks.send(receiver.url, REQUEST)
            return first, second

    def respond(connection, _):
        connection.sendall(OK)
        connection.recv(65536)
        # Without waiting for what is on its way: the other side gets a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    with receiving(respond) as receiver:
        answers = asyncio.run(twice(receiver))
        assert receiver.connections == 2
    assert [each.error for each in answers] == [None, None]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (b"500 Internal Server Error", "the receiver answers 500 Internal Server Error"),
        (b"404 Not Found", "answers 404 Not Found: check the path"),
        (b"410 Gone", "answers 410 Gone: it wants nothing any more"),
        (b"101 Switching Protocols", "answers 101"),
        (b"999 Strange", "answers 999 Strange"),
        (b"503", "the receiver answers 503"),
    ],
)
def test_status_that_is_no_success_is_said(status, words):
    answer = answer_of(always(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"))
    assert answer.error is not None
    assert words in answer.error
    assert answer.status_code == int(status[:3])


def test_redirect_is_not_followed():
    head = b"HTTP/1.1 307 Elsewhere\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
    with receiving(always(OK)) as other:
        to = other.url.encode() + b"?token=secret"
        answer = answer_of(always(head % to))
        assert other.requests == []
    assert answer.status_code == 307
    assert f"a redirect to http://127.0.0.1:{other.port}, which is not followed" in answer.error
    assert "secret" not in answer.error


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), (" 7 ", 7), ("soon", None), ("-5", None), ("9" * 400, 999_999_999)],
)
def test_retry_after_in_seconds(header, seconds):
    head = f"HTTP/1.1 503 x\r\nRetry-After: {header}\r\nContent-Length: 0\r\n\r\n"
    assert answer_of(always(head.encode())).retry_after_s == seconds


def test_retry_after_as_a_date():
    for offset, least, most in ((600, 590, 600), (-600, 0, 0)):
        at = formatdate(time.time() + offset, usegmt=True)
        head = f"HTTP/1.1 429 x\r\nRetry-After: {at}\r\nContent-Length: 0\r\n\r\n"
        assert least <= answer_of(always(head.encode())).retry_after_s <= most


def answer_and_close(respond, **options):
    """The answer; the connection is closed before or after it."""
    with receiving(respond) as receiver:

        async def one():
            async with Webhooks(options.get("settings", SETTINGS)) as webhooks:
                answer = await webhooks.send(receiver.url, REQUEST)
                # While the client lives on: nothing of it goes on reading.
                assert await asyncio.to_thread(receiver.closed.wait, 60)
                return answer

        return asyncio.run(one())


def test_huge_body_is_cut_and_its_connection_closed():
    answer = answer_and_close(
        endless(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"x" * 65536)
    )
    assert (answer.error, len(answer.body)) == (None, 4096)


def test_endless_chunked_body_is_cut():
    answer = answer_and_close(
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000)
    )
    assert (answer.error, len(answer.body)) == (None, 4096)


def test_endless_headers_are_a_failure():
    answer = answer_and_close(endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: value\r\n" * 100))
    assert "is not HTTP" in answer.error


def test_endless_header_line_is_a_failure():
    answer = answer_and_close(endless(b"HTTP/1.1 200 OK\r\nX-Header: ", b"x" * 65536))
    assert "is not HTTP" in answer.error


def test_endless_interim_answers_end_with_the_timeout():
    answer = answer_and_close(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01), settings=QUICK)
    assert "sends no answer within 0.6 s" in answer.error


def test_head_that_drips_ends_with_the_timeout():
    answer = answer_and_close(endless(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.05), settings=QUICK)
    assert "sends no answer within 0.6 s" in answer.error


def test_body_that_drips_does_not_undo_a_success():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"
    answer = answer_and_close(endless(head, b"x", 0.1))
    assert answer.error is None
    assert 0 < len(answer.body) < 100


def test_compressed_bomb_stays_compressed():
    bomb = gzip.compress(b"0" * 50_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    answer = answer_of(lambda connection, _: connection.sendall(head + bomb))
    assert answer.error is None
    assert len(answer.body) <= 4096


def test_silence_ends_with_the_timeout():
    answer = answer_and_close(silent, settings=QUICK)
    assert answer.status_code is None
    assert "sends no answer within 0.6 s" in answer.error


def test_body_that_no_database_takes_is_cleaned():
    body = b"a\x00b\xff\xed\xa0\x80\x1b[2J"
    head = b"HTTP/1.1 500 \xff\xfe\r\nContent-Length: %d\r\n\r\n" % len(body)
    answer = answer_of(always(head + body))
    for text in (answer.body, answer.error):
        text.encode()
        assert "\x00" not in text
        assert "\x1b" not in text


@pytest.mark.parametrize(
    "garbage",
    [
        b"<html>HTTP/0.9 sends no head</html>\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 abc What\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
        b"\x00\x01\x02\x03" * 100,
    ],
)
def test_what_is_not_http_is_said(garbage):
    answer = answer_of(then_close(garbage))
    assert answer.status_code is None
    assert "is not HTTP" in answer.error


def test_contradicting_lengths_are_no_success():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nabcde"
    assert answer_of(then_close(head)).error is not None


def test_connection_closed_without_an_answer():
    answer = answer_of(then_close(b""))
    assert "closes the connection without an answer" in answer.error


def test_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert f"no connection to 127.0.0.1:{port}: " in send(f"http://127.0.0.1:{port}/").error


def test_backlog_that_is_full_ends_with_the_connect_timeout():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        answer = send(f"http://127.0.0.1:{port}/", settings=QUICK)
        for each in waiting:
            each.close()
    assert "accepts no connection, TLS included, within 0.4 s" in answer.error


def test_name_that_does_not_resolve():
    answer = send("https://cmp.invalid/hook?token=secret")
    assert "the name of cmp.invalid:443 does not resolve" in answer.error
    assert "secret" not in answer.error


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\x00b"])
def test_header_with_a_line_break_is_not_sent(value):
    with receiving(always(OK)) as receiver:
        answer = send(receiver.url, receiver=Receiver(headers={"X-Key": value}))
        assert receiver.requests == []
    assert answer.error is not None
    assert "Evil" not in answer.error


def test_line_break_in_the_url_stays_in_the_url():
    with receiving(always(OK)) as receiver:
        send(f"http://127.0.0.1:{receiver.port}/a%0d%0aX-Evil:1\r\nX-Evil: 2")
        for request in receiver.requests:
            assert b"\r\nX-Evil" not in request


def test_environment_proxies_are_ignored(monkeypatch):
    with receiving(always(OK)) as proxy, receiving(always(OK)) as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert send(receiver.url).error is None
        assert proxy.connections == 0
        assert len(receiver.requests) == 1


def test_proxy_of_the_settings_is_used_with_its_password():
    with receiving(always(OK)) as proxy:
        through = replace(SETTINGS, proxy=f"http://me:word@127.0.0.1:{proxy.port}")
        answer = send("http://cmp.example.org/hook", settings=replace(through, allowed_networks=()))
        (request,) = proxy.requests
    assert answer.error is None
    assert request.startswith(b"POST http://cmp.example.org/hook HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bWU6d29yZA==" in request


def test_inner_address_is_refused_through_a_proxy_too():
    with receiving(always(OK)) as proxy:
        through = replace(SETTINGS, proxy=f"http://127.0.0.1:{proxy.port}", allowed_networks=())
        answer = send("http://169.254.169.254/latest/meta-data", settings=through)
        assert proxy.connections == 0
    assert "169.254.0.0/16 (link-local)" in answer.error


def test_proxy_that_refuses_and_proxy_that_is_away_are_said():
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    with receiving(always(refusal)) as proxy:
        through = replace(SETTINGS, proxy=f"http://me:word@127.0.0.1:{proxy.port}")
        refused = send("https://cmp.example.org/hook", settings=through)
    away = send("https://cmp.example.org/hook", settings=through)
    assert "the proxy of [delivery] makes no connection to cmp.example.org:443" in refused.error
    assert f"the proxy of [delivery], 127.0.0.1:{proxy.port}, cannot be reached" in away.error
    assert "word" not in refused.error + away.error


NONE_ALLOWED = replace(SETTINGS, allowed_networks=())


def test_exception_from_the_proxy_is_connected_to_directly():
    with receiving(always(OK)) as proxy, receiving(always(OK)) as receiver:
        through = replace(
            SETTINGS,
            proxy=f"http://127.0.0.1:{proxy.port}",
            proxy_exceptions=("inner.example.org", ".cloud.example", *LOOPBACK),
        )
        resolver = Rebinding("127.0.0.1")
        for host in ("inner.example.org", "a.b.cloud.example", "127.0.0.1"):
            answer = send(f"http://{host}:{receiver.port}/", settings=through, resolver=resolver)
            assert (answer.error, answer.address) == (None, "127.0.0.1")
        assert (len(receiver.requests), proxy.connections) == (3, 0)
        for host in ("not-inner.example.org", "cloud.example", "cmp.example.org"):
            assert send(f"http://{host}/", settings=through, resolver=resolver).error is None
        assert (len(receiver.requests), len(proxy.requests)) == (3, 3)


def test_guard_holds_for_an_exception_from_the_proxy():
    with receiving(always(OK)) as proxy, receiving(always(OK)) as receiver:
        through = replace(NONE_ALLOWED, proxy=f"http://127.0.0.1:{proxy.port}",
                          proxy_exceptions=("inner.example.org",))  # fmt: skip
        answer = send(f"http://inner.example.org:{receiver.port}/", settings=through,
                      resolver=Rebinding("127.0.0.1"))  # fmt: skip
        assert (receiver.connections, proxy.connections) == (0, 0)
    assert "127.0.0.0/8 (loopback)" in answer.error


def test_name_that_was_public_when_it_was_checked_is_refused_once_it_is_not():
    """DNS rebinding: the check before saw a public address, the connection would go to ours."""
    with receiving(always(OK)) as receiver:
        answer = send(
            f"http://rebinding.example:{receiver.port}/",
            settings=NONE_ALLOWED,
            resolver=Rebinding("127.0.0.1"),
        )
        assert receiver.connections == 0
    assert "127.0.0.0/8 (loopback)" in answer.error
    assert "allowed_networks in [delivery]" in answer.error


def test_connected_address_is_the_checked_one():
    """Of several addresses of a name only an allowed one is connected to, and it is the peer."""
    only = replace(SETTINGS, allowed_networks=(ipaddress.ip_network("127.0.0.2"),))
    opened = []
    with socket.create_server(("127.0.0.1", 0)) as forbidden:
        port = forbidden.getsockname()[1]
        forbidden.setblocking(False)
        with socket.create_server(("127.0.0.2", port)) as allowed:

            async def one():
                async def serve():
                    loop = asyncio.get_running_loop()
                    allowed.setblocking(False)
                    connection, _ = await loop.sock_accept(allowed)
                    opened.append(connection.getsockname()[0])
                    await loop.sock_recv(connection, 65536)
                    await loop.sock_sendall(connection, OK)
                    connection.close()

                serving = asyncio.create_task(serve())
                async with Webhooks(only, Rebinding("127.0.0.1 127.0.0.2")) as webhooks:
                    answer = await webhooks.send(f"http://two.example:{port}/", REQUEST)
                await serving
                return answer

            answer = asyncio.run(one())
        with pytest.raises(BlockingIOError):
            forbidden.accept()
    assert (answer.error, answer.address, opened) == (None, "127.0.0.2", ["127.0.0.2"])


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"), "ours")


def tls_server(authority, *names, **changes):
    certificate, key = authority.certificate_for(*names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    for name, value in changes.items():
        setattr(context, name, value)
    return context


def trusting(authority):
    return Receiver(ssl_context=ssl.create_default_context(cafile=authority.certificate))


def test_certificate_of_an_own_authority_is_accepted_with_it(authority):
    with receiving(always(OK), tls_server(authority, "IP:127.0.0.1")) as receiver:
        assert send(receiver.url, receiver=trusting(authority)).error is None


@pytest.mark.parametrize(
    ("name", "trusts", "words"),
    [
        ("IP:127.0.0.1", False, "is not accepted: (self-signed|unable to get)"),
        ("DNS:other.example", True, "is not accepted: IP address mismatch"),
    ],
)
def test_certificate_that_is_not_accepted_is_said(authority, name, trusts, words):
    with receiving(always(OK), tls_server(authority, name)) as receiver:
        answer = send(receiver.url, receiver=trusting(authority) if trusts else None)
        assert receiver.requests == []
    assert answer.status_code is None
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(answer.error)


def test_old_tls_is_refused(authority):
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old = tls_server(
            authority,
            "IP:127.0.0.1",
            minimum_version=ssl.TLSVersion.TLSv1,
            maximum_version=ssl.TLSVersion.TLSv1_1,
        )
    with receiving(always(OK), old) as receiver:
        answer = send(receiver.url, receiver=trusting(authority))
        assert receiver.requests == []
    assert "TLS 1.2 or later is needed" in answer.error


def test_receiver_without_tls_is_said():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_hello():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer_hello)
        thread.start()
        answer = send(f"https://127.0.0.1:{server.getsockname()[1]}/")
        thread.join()
    assert "no TLS connection with 127.0.0.1:" in answer.error


def test_receiver_that_never_ends_its_handshake_is_said():
    with receiving(silent) as receiver:
        answer = send(receiver.url.replace("http://", "https://"), settings=QUICK)
    assert "accepts no connection, TLS included, within 0.4 s" in answer.error
