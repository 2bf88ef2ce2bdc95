"""The lane: the listener's own durable exchange, to which each letter goes as well.

Nova's exchange is usually not durable. After a restart of the broker what is published to
it before a listener has bound its queue again is confirmed and gone.
"""

import logging

from amqp import exceptions
from oslo_utils import timeutils

from vifcast_nova.outbox.own_spool import is_past

LOG = logging.getLogger(__name__)

# contract/report.schema.json
USED, ABSENT, UNBOUND, REFUSED = "used", "absent", "unbound", "refused"
FAILED, UNSUPPORTED, OFF, UNKNOWN = "failed", "unsupported", "off", "unknown"

LOOK_AGAIN_S = 60
# Failures in a row, from the fourth on each right after Nova's exchange has taken something:
# then it is not the bus that is away.
PATIENCE = 5
_PROOF_AFTER = 3
_LOOKED_AT_SELDOM = (ABSENT, REFUSED, FAILED)


class Lane(object):
    """Which way letters go beside Nova's exchange, and how that is.

    For the sender's thread; ``status`` for all.

    :param exchange: str, its name; empty: there is none
    :param of_nova: str, the exchange that letters go to in any case: it is no lane
    """

    def __init__(self, exchange, of_nova=None):
        is_nova_s = exchange == of_nova
        self.exchange = "" if is_nova_s else exchange
        self._status = (UNKNOWN, None) if self.exchange else (OFF, None)
        if is_nova_s:
            self._status = (OFF, "lane_exchange is %s, Nova's own exchange" % exchange)
        self._publisher = None
        self._transport = None  # the one that the publisher's connection is a copy of
        self._failures = 0  # in a row
        self._looked_at_s = None
        self._bound = set()  # routing keys that a queue was bound for

    @property
    def state(self):
        """One of the words above."""
        return self._status[0]

    def status(self):
        """contract/report.schema.json, ``lane``."""
        state, reason = self._status
        return {"exchange": self.exchange, "state": state, "reason": reason}

    @property
    def wants_proof(self):
        """Whether Nova's exchange is to take the letter once more before the lane is tried."""
        return self._failures >= _PROOF_AFTER

    def send(self, bus, letter, topic):
        """Give it a letter that Nova's exchange has taken, or find that it is not to be used.

        :raises: whatever it failed with: the letter is to wait, and then be given again
        """
        if not self.exchange:
            return
        if not bus.is_rabbitmq():
            self._is(UNSUPPORTED, "the transport is not RabbitMQ")
            return
        if self.state in _LOOKED_AT_SELDOM and not is_past(self._looked_at_s, LOOK_AGAIN_S):
            return
        self._looked_at_s = timeutils.now()
        routing_key = "%s.%s" % (topic, letter.priority)
        try:
            self._open(bus)
            self._publish(bus, letter, routing_key)
        except Exception as exc:
            # Whatever the class: kombu, amqp, ssl and socket have their own.
            self.close()
            self._failures += 1
            if self.state != FAILED and self._failures < PATIENCE:
                raise
            self._is(FAILED, "%s: %s" % (type(exc).__name__, exc))
        else:
            self._failures = 0

    def bus_failed(self):
        """Nova's exchange is not to be had: the lane is looked at anew when it is."""
        self.close()
        self._failures, self._looked_at_s = 0, None

    def close(self):
        """Keep no connection; the next letter opens one."""
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            publisher.close()

    def _open(self, bus):
        if self._publisher is not None and self._transport is not bus.transport:
            self.close()  # oslo.messaging was initialised anew
        if self._publisher is None:
            self._publisher = bus.publisher()
            self._transport = bus.transport

    def _publish(self, bus, letter, routing_key):
        try:
            is_bound = self._publisher.publish(
                self.exchange, routing_key, bus.body(letter), bus.compression()
            )
        except exceptions.NotFound:
            self.close()
            self._is(ABSENT, "this broker has no exchange %s" % self.exchange)
        except exceptions.AccessRefused as exc:
            self.close()
            self._is(REFUSED, exc.reply_text)
        else:
            self._taken(routing_key, is_bound)

    def _taken(self, routing_key, is_bound):
        if is_bound:
            self._bound.add(routing_key)
            self._is(USED, None)
        elif routing_key in self._bound or self.state != USED:
            self._bound.discard(routing_key)
            self._is(UNBOUND, "no queue is bound to it for %s" % routing_key)
        # Or else a kind that the listener never wanted.

    def _is(self, state, reason):
        before, self._status = self.state, (state, reason)
        if state == before:
            return
        is_bad = state in (REFUSED, FAILED, UNBOUND) or (before == USED and state != USED)
        LOG.log(
            logging.WARNING if is_bad else logging.INFO,
            "vifcast-nova: the durable exchange %s %s",
            self.exchange,
            _WORDS[state] % (reason or ""),
        )


_WITHOUT = "; notifications go to Nova's exchange alone, and a restart of the broker may lose them"
_WORDS = {
    USED: "takes notifications, too%s",
    ABSENT: "is not there (%s)" + _WITHOUT + ". `vifcast serve` makes it.",
    UNBOUND: "routes notifications to no queue (%s)" + _WITHOUT + ". Start `vifcast serve`.",
    REFUSED: "may not be written to (%s)" + _WITHOUT + ". Give this user permission to write it; "
    "`vifcast-nova check` prints the command.",
    FAILED: "takes nothing while Nova's does (%s)" + _WITHOUT + ".",
    UNSUPPORTED: "is not used (%s)" + _WITHOUT + ".",
}
