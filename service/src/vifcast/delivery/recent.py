"""``Recent``: messages that were read lately, for the other subscriptions that want them too."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence

from vifcast.subscription.delivery import Delivery
from vifcast.subscription.message import Message

_Key = tuple[int | None, int | None]
_Read = Callable[[Iterable[Delivery]], Mapping[int, Message]]

# A notification has some kilobytes.
_KEEP = 2000


class Recent:
    """Of one process; used by one thread at a time. What a message says does not change."""

    def __init__(self, read: _Read) -> None:
        self._read = read
        self._known: OrderedDict[_Key, Message] = OrderedDict()

    def of(self, deliveries: Sequence[Delivery]) -> dict[int, Message]:
        """What the deliveries are about, by their ids; left out where it was deleted.

        Raises StoreError.
        """
        wanted = {each.id: (each.event_id, each.announcement_id) for each in deliveries}
        missing = {key: each for each in deliveries if (key := wanted[each.id]) not in self._known}
        found = {key: self._known[key] for key in wanted.values() if key not in missing}
        if missing:
            read = self._read(missing.values())
            for key, each in missing.items():
                if each.id in read:
                    found[key] = self._known[key] = read[each.id]
        while len(self._known) > _KEEP:
            self._known.popitem(last=False)
        return {number: found[key] for number, key in wanted.items() if key in found}
