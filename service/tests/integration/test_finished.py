"""What became of deliveries reaches the database, whatever is wrong with one of them."""

import asyncio
import datetime as dt

import pytest
from subscribed import OPENS_AFTER, claim, outcome, subscribe

from ledger_events import make_event
from vifcast.delivery.finished import Finished
from vifcast.store import DeliveryReader, Dispatch
from vifcast.store.queries import DeliveryQuery
from vifcast.subscription.delivery import DeliveryState

NOW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
DELIVERED = DeliveryState.DELIVERED


# PostgreSQL takes no null character.
@pytest.mark.parametrize("location", ["postgresql"], indirect=True)
def test_outcome_that_the_database_refuses_does_not_hold_up_those_of_others(store):
    refused, well = subscribe(store), subscribe(store)
    store.write([make_event(phase="start")], [])

    async def one():
        written = asyncio.Event()

        async def on_written(subscription_id, _destination, _outcomes):
            assert subscription_id == well.id
            written.set()

        finished = Finished(Dispatch(store), "worker-1", OPENS_AFTER, on_written)
        for subscription, error in ((refused, "a\0b"), (well, None)):
            ((delivery,),) = claim(store, subscription, NOW)
            finished.add(
                subscription.id, [outcome(delivery, DELIVERED, error=error)], delivery.line
            )
        writing = asyncio.create_task(finished.keep_writing())
        await asyncio.wait_for(written.wait(), 60)
        writing.cancel()

    asyncio.run(one())
    states = {
        each.subscription_id: each.state
        for each in DeliveryReader(store).search(DeliveryQuery(), limit=10, cursor=None).items
    }
    assert states == {refused.id: DeliveryState.SENDING, well.id: DELIVERED}
