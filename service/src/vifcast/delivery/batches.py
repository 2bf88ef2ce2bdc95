"""``batches``: deliveries without order, put together as they are sent in one request."""

from collections.abc import Iterable

from vifcast.subscription.delivery import Delivery


def batches(runs: Iterable[list[Delivery]], most: int) -> list[list[Delivery]]:
    """Runs with an order as they are; of the others at most so many in one.

    What has been tried stays apart, and so does what is replayed: so the same deliveries most often
    make the same batch again, which has the same id then.
    """
    ordered = []
    alike: dict[tuple[int, int | None], list[Delivery]] = {}
    for run in runs:
        if run[0].line is not None:
            ordered.append(run)
            continue
        for each in run:
            alike.setdefault((each.attempts, each.replay_id), []).append(each)
    return ordered + [
        group[start : start + most]
        for group in alike.values()
        for start in range(0, len(group), most)
    ]
