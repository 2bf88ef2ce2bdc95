"""What takes too long ends with a TimeoutError, and nothing else does."""

import asyncio

import pytest

from vifcast.delivery.time_limits import TimeLimits


async def wait_in(limits, event, ended):
    """Wait within a limit; notes how that ended."""
    try:
        with limits.begin():
            await event.wait()
    except TimeoutError:
        ended.append("over")
    else:
        ended.append("done")


def test_what_takes_too_long_ends_with_a_timeout_error():
    async def several():
        limits, ended = TimeLimits(0.05), []
        await asyncio.gather(*(wait_in(limits, asyncio.Event(), ended) for _ in range(3)))
        # The timer is set again for those that begin later.
        await wait_in(limits, asyncio.Event(), ended)
        return ended

    assert asyncio.run(several()) == ["over"] * 4


def test_what_ends_in_time_is_left_alone():
    async def both():
        limits, ended, event = TimeLimits(0.2), [], asyncio.Event()
        first = asyncio.create_task(wait_in(limits, asyncio.Event(), ended))
        second = asyncio.create_task(wait_in(limits, event, ended))
        await asyncio.sleep(0)
        event.set()
        await second
        assert ended == ["done"]
        await first
        # The second is past its limit by now, and out of it.
        return ended

    assert asyncio.run(both()) == ["done", "over"]


def test_task_that_somebody_else_cancels_stays_cancelled():
    async def one():
        task = asyncio.create_task(wait_in(TimeLimits(60), asyncio.Event(), []))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(one())


def test_error_within_a_limit_passes():
    async def one():
        with TimeLimits(None).begin():
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        asyncio.run(one())
