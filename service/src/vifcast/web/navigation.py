"""The pages, in the order of the bar, as far as a caller may open them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


def _(text: str) -> str:
    """Mark a text for the catalogs; the template translates it."""
    return text


@dataclass(frozen=True, slots=True)
class Entry:
    """``path`` is below /ui/, ``rule`` the policy that opens it."""

    path: str
    title: str
    rule: str


_ENTRIES = (
    Entry("", _("Now"), "vifcast:operation:list"),
    Entry("find", _("Find"), "vifcast:attachment:list"),
    Entry("hosts", _("Hosts"), "vifcast:host:list"),
    Entry("subscriptions", _("Deliveries"), "vifcast:subscription:list"),
    Entry("dead-letters", _("Dead letters"), "vifcast:dead_letter:list"),
    Entry("settings", _("Settings"), "vifcast:process:list"),
)


def entries(may: Callable[[str], bool]) -> Iterator[Entry]:
    """Those that the caller may open."""
    return (each for each in _ENTRIES if may(each.rule))
