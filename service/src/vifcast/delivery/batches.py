"""``batches``: deliveries without order, put together as they are sent in one request."""

from collections.abc import Iterable

from vifcast.subscription.delivery import Delivery


def batches(runs: Iterable[list[Delivery]], most: int) -> list[list[Delivery]]:
    """At most so many in one; what has been tried stays apart, and so does what is replayed.

    So the same deliveries most often make the same batch again, which has the same id then.
    """
    alike: dict[tuple[int, int | None], list[Delivery]] = {}
    for run in runs:
        for each in run:
            alike.setdefault((each.attempts, each.replay_id), []).append(each)
    return [
        group[start : start + most]
        for group in alike.values()
        for start in range(0, len(group), most)
    ]
