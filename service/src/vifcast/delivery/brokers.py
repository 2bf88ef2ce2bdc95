"""``Brokers``: publishes what is for brokers, and says what came of it."""

import asyncio
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from vifcast.bus.outgoing import Outgoing, Place, Publication
from vifcast.delivery.answer import Answer, BrokerAnswer
from vifcast.delivery.receiver import Receiver
from vifcast.errors import BrokerRefusedError, BrokerUnreachableError, UnroutableError
from vifcast.subscription.subscription import Subscription

_ANSWERS = {
    BrokerUnreachableError: BrokerAnswer.UNREACHABLE,
    BrokerRefusedError: BrokerAnswer.REFUSED,
    UnroutableError: BrokerAnswer.UNROUTABLE,
}


class _Publisher:
    """Of one subscription as it is: a connection, and a thread that waits for the confirms."""

    def __init__(self, revision: int, outgoing: Outgoing) -> None:
        self.revision = revision
        self.outgoing = outgoing
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="vifcast-amqp")

    def close(self) -> None:
        self.thread.submit(self.outgoing.close)
        self.thread.shutdown(wait=False, cancel_futures=False)


class Brokers:
    """Those of one process; used in one event loop."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._publishers: dict[str, _Publisher] = {}

    async def publish(
        self, subscription: Subscription, publication: Publication, receiver: Receiver
    ) -> Answer:
        """One attempt. Raises nothing that comes from the broker or the way there."""
        publisher = self._of(subscription, receiver)
        place = subscription.url.rpartition("@")[2].partition("/")[0]
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(publisher.thread, publisher.outgoing.publish, publication)
        try:
            await asyncio.wait_for(work, self._timeout_s)
        except TimeoutError:
            error = f"the broker {place} confirms nothing within {self._timeout_s:g} s"
            return Answer(None, error, broker=BrokerAnswer.UNREACHABLE)
        except tuple(_ANSWERS) as error:
            return Answer(None, str(error), address=place, broker=_ANSWERS[type(error)])
        return Answer(None, None, address=place, broker=BrokerAnswer.ROUTED)

    def forget(self, but: Collection[str]) -> None:
        """Keep only the connections of these subscriptions."""
        for each in self._publishers.keys() - set(but):
            self._publishers.pop(each).close()

    def close(self) -> None:
        """Give all of them back."""
        self.forget(())

    def _of(self, subscription: Subscription, receiver: Receiver) -> _Publisher:
        known = self._publishers.get(subscription.id)
        if known is not None and known.revision == subscription.revision:
            return known
        if known is not None:
            known.close()
        place = Place.of(subscription.url, receiver.password, receiver.ssl_context)
        declares = subscription.settings.get("declare") == "true"
        made = _Publisher(
            subscription.revision, Outgoing(place, self._timeout_s, declares=declares)
        )
        self._publishers[subscription.id] = made
        return made
