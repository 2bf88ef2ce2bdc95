"""Which pairs of a matching are in every one: what has to be, whatever else is so."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def forced(
    claims: Mapping[int, Collection[int]], kind_of: Mapping[int, T], undecided: Collection[int]
) -> dict[int, int]:
    """The claimants of which it is certain what kind of thing they have, each with one of it.

    ``claims``: by claimant, what it may have; one at most. Every thing has a claimant if it
    can, and no two have the same. Where things remain that no claimant is left for, more
    claimants must have been there: nothing in connection with these is certain. Nor is
    anything in connection with the things in ``undecided``.
    """
    claimants: dict[int, list[int]] = defaultdict(list)
    for claimant, things in claims.items():
        for thing in things:
            claimants[thing].append(claimant)
    has = _largest(claimants)
    owner = {thing: claimant for claimant, thing in has.items()}
    loose = set(undecided) | (claimants.keys() - owner.keys())
    uncertain = _connected(loose, claims, claimants)
    # A thing's claimant can have none, where a claimant of it has none in some matching.
    free = _replaceable(claims.keys() - has.keys(), claims, owner)
    group = _groups(has, claims, owner)
    found = {}
    for claimant, thing in has.items():
        if claimant in free or thing in uncertain:
            continue
        kinds = {kind_of[thing]} | {
            kind_of[other]
            for other in claims[claimant]
            if other != thing and group[owner[other]] == group[claimant]
        }
        if len(kinds) == 1:
            found[claimant] = thing
    return found


def _largest(claimants: Mapping[int, Collection[int]]) -> dict[int, int]:
    """By claimant, its thing in a matching that no other has more pairs than."""
    has: dict[int, int] = {}
    owner: dict[int, int] = {}
    for start in sorted(claimants, key=lambda thing: len(claimants[thing])):
        # Breadth first, from a thing without owner to a claimant without a thing.
        came_from: dict[int, int] = {}
        queue = [start]
        free = None
        for thing in queue:
            for claimant in claimants[thing]:
                if claimant in came_from:
                    continue
                came_from[claimant] = thing
                if claimant not in has:
                    free = claimant
                    break
                queue.append(has[claimant])
            if free is not None:
                break
        while free is not None:
            thing = came_from[free]
            before = owner.get(thing)
            has[free], owner[thing] = thing, free
            free = before if thing != start else None
    return has


def _connected(
    things: Iterable[int],
    claims: Mapping[int, Collection[int]],
    claimants: Mapping[int, Collection[int]],
) -> set[int]:
    """These things, and all that have a claimant in common with one of them, and so on."""
    found = set(things)
    queue = list(found)
    seen: set[int] = set()
    for thing in queue:
        for claimant in claimants.get(thing, ()):
            if claimant not in seen:
                seen.add(claimant)
                new = set(claims[claimant]) - found
                found |= new
                queue += new
    return found


def _replaceable(
    free: Iterable[int], claims: Mapping[int, Collection[int]], owner: Mapping[int, int]
) -> set[int]:
    """Claimants that have nothing in some largest matching."""
    found = set(free)
    queue = list(found)
    for claimant in queue:
        for thing in claims[claimant]:
            other = owner.get(thing)
            if other is not None and other not in found:
                found.add(other)
                queue.append(other)
    return found


def _groups(
    has: Mapping[int, int], claims: Mapping[int, Collection[int]], owner: Mapping[int, int]
) -> dict[int, int]:
    """By claimant a number, the same for those that can exchange things among themselves.

    Strongly connected components, by Kosaraju.
    """
    next_of = {
        claimant: [owner[thing] for thing in claims[claimant] if thing in owner] for claimant in has
    }
    before: dict[int, list[int]] = defaultdict(list)
    for claimant, others in next_of.items():
        for other in others:
            before[other].append(claimant)
    group: dict[int, int] = {}
    for root in reversed(_finished_order(next_of)):
        if root not in group:
            group[root] = root
            queue = [root]
            for claimant in queue:
                new = [each for each in before[claimant] if each not in group]
                group.update(dict.fromkeys(new, root))
                queue += new
    return group


def _finished_order(next_of: Mapping[int, Collection[int]]) -> list[int]:
    """Depth first, each after all that can be reached from it."""
    order: list[int] = []
    seen: set[int] = set()
    for root in next_of:
        if root in seen:
            continue
        seen.add(root)
        work = [(root, iter(next_of[root]))]
        while work:
            claimant, others = work[-1]
            other = next((each for each in others if each not in seen), None)
            if other is None:
                order.append(claimant)
                work.pop()
            else:
                seen.add(other)
                work.append((other, iter(next_of[other])))
    return order
