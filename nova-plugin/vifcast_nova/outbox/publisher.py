"""A connection of our own to the broker that a transport uses: confirmed or an error, in time."""

import contextlib
import sys

import kombu

# A broker that has not answered within this is taken to be away, frozen, or short of memory
# or disk. Nothing here may wait for ever, as oslo.messaging may.
ANSWER_S = 20
_CLOSE_S = 2
_PERSISTENT = 2


class NoAnswer(Exception):
    """The broker has not answered in time."""


class Publisher(object):
    """Connects at once; for the thread that made it only.

    :param connection: a kombu Connection that is not connected
    :param hosts: int, how many hosts it may try
    :raises: whatever kombu and what is below it raise
    """

    def __init__(self, connection, hosts):
        self._connection = connection
        self._is_returned = False
        try:
            with _deadline(ANSWER_S):
                connection.ensure_connection(
                    max_retries=hosts, interval_start=0, interval_step=0
                )
                connection.connection.sock.settimeout(ANSWER_S)
                self._producer = kombu.Producer(
                    connection.channel(), auto_declare=False, on_return=self._returned
                )
        except Exception:
            self.close()
            raise

    def publish(self, exchange, routing_key, body, compression=None):
        """Wait until the broker has taken it; returns whether a queue was bound for it.

        :param body: dict
        :raises: amqp's NotFound: no such exchange; its AccessRefused: no permission;
            anything else: it was not confirmed
        """
        self._is_returned = False
        with _deadline(ANSWER_S):
            self._producer.publish(
                body,
                exchange=exchange,
                routing_key=routing_key,
                delivery_mode=_PERSISTENT,
                mandatory=True,
                compression=compression,
            )
        return not self._is_returned

    def close(self):
        """Say goodbye, unless the broker does not listen."""
        try:
            with _deadline(_CLOSE_S * 2):
                if self._connection.connected:
                    self._connection.connection.sock.settimeout(_CLOSE_S)
                self._connection.release()
        except Exception:
            pass  # it is of no use any more, in whatever state it is

    def _returned(self, exception, exchange, routing_key, message):
        # The broker returns it before it confirms.
        self._is_returned = True


@contextlib.contextmanager
def _deadline(duration_s):
    """Raise NoAnswer after that long, in a green thread.

    There a TLS handshake has no time-out of amqp's (amqp/transport.py:_init_socket); a
    native thread has the socket's own, which ``Bus.publisher`` sets.
    """
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is None or not patcher.is_monkey_patched("socket"):
        yield
        return
    import eventlet

    with eventlet.Timeout(duration_s, NoAnswer("no answer within %d s" % duration_s)):
        yield
