"""Whether the broker has restarted since our bindings were last proven.

A broker forgets an exchange that is not durable, with its bindings, when it restarts; and after
a lost connection nobody says whether it did. So vifcast keeps such an exchange of its own,
``<queue>.bound``, through which nothing is ever sent: it is made once all bindings are there,
and taken away when one is found missing. Who connects again and finds it knows that the
bindings were there all the time.

What it cannot show: that an exchange of others was deleted and made again between two looks.
"""

from amqp.exceptions import AccessRefused, PreconditionFailed
from kombu import Connection

from vifcast.bus.channels import is_in_process, one_channel
from vifcast.bus.exchange import look_at_exchange, may_declare


class Marker:
    """That of one connection.

    ``survived``: True where it was there when this began; False where it was not; None where
    it can show nothing: this user may not make it, or somebody else has made a durable one.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._is_there = False
        self.survived: bool | None = None
        with one_channel(connection) as channel:
            if is_in_process(channel):
                # That broker ends with this process.
                return
        found = look_at_exchange(connection, name)
        self._is_there = found is not None and found.is_durable is False
        if self._is_there:
            self.survived = True
        elif found is None and may_declare(connection, name):
            self.survived = False

    def put(self) -> None:
        """Create the marker, once the bindings are proven and earlier losses are recorded."""
        if self.survived is None:
            return
        try:
            with one_channel(self._connection) as channel:
                channel.exchange_declare(
                    exchange=self._name, type="topic", durable=False, auto_delete=False
                )
        except (AccessRefused, PreconditionFailed):
            # Rights that were taken away, or an exchange that somebody else has made.
            self.survived = None
        else:
            self._is_there = True

    def take(self) -> None:
        """Remove the marker, as soon as a binding is missing."""
        if not self._is_there:
            return
        self._is_there = False
        try:
            with one_channel(self._connection) as channel:
                channel.exchange_delete(exchange=self._name)
        except AccessRefused:
            self.survived = None
