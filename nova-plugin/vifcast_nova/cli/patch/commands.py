"""``vifcast-nova patch show|check|apply|revert``."""

import os
import sys

from vifcast_nova.cli.console import say
from vifcast_nova.cli.patch import diff, places
from vifcast_nova.cli.patch.errors import HalfPatched, PatchError
from vifcast_nova.cli.patch.replace import Change, alone, remove_bytecode, replace
from vifcast_nova.cli.patch.tree import NOT_PATCHED, PARTLY, PATCHED, Tree, locate, read

# Beside a patched file: the file as it was.
BACKUP = ".vifcast-orig"
# There while `revert` works: the file as it was patched.
_UNDONE = ".vifcast-patched"

# Of `check`; of refusals: vifcast_nova.cli.patch.errors.
EXIT_CODES = {PATCHED: 0, NOT_PATCHED: 3, PARTLY: HalfPatched.exit_code}

_RESTART = "Restart nova-compute on this host: it still runs the code that it has loaded."
_NOT_BOTH = (
    "vifcast-nova's driver is not needed beside the patch. If `driver = vifcast` is in "
    "nova.conf, it leaves the patch's notifications to the patch and sends the rest: "
    "failures and port deletions."
)


def show(directory, out):
    """Write the patch as a unified diff; nothing if it is in already."""
    tree = Tree(locate(directory))
    _refuse_half(tree)
    if tree.state != NOT_PATCHED:
        say("%s is patched already; there is nothing to show." % tree.package, sys.stderr)
        return 0
    # All of it first, so that nothing is written where one of them is refused.
    pieces = [diff.unified(f.source.name, f.source.content, f.patched()) for f in tree.files]
    binary = getattr(out, "buffer", out)
    binary.write(b"".join(pieces))
    binary.flush()
    return 0


def check(directory, out):
    """Print the state of each place; the exit code sums it up."""
    tree = Tree(locate(directory))
    if tree.state == NOT_PATCHED:
        for one in tree.files:
            one.patched()  # raises where that is uncertain
    whose = ", some of it by hand" if tree.by_hand else ", by vifcast-nova"
    say(tree.package + ": " + tree.state + (whose if tree.state != NOT_PATCHED else ""), out)
    for one in tree.files:
        for place in one.places:
            where = "" if place.state == places.MISSING else ":%d" % place.line
            note = " (%s)" % place.note if place.note else ""
            say("  %s%s  %s: %s%s" % (one.source.name, where, place.what, place.state, note), out)
    return EXIT_CODES[tree.state]


def apply_patch(directory, out):
    """Put the eight lines in; no change if they are in already."""
    package = locate(directory)
    with alone(package):
        tree = Tree(package)
        _refuse_half(tree)
        if tree.state != NOT_PATCHED:
            by_hand = " (by hand: see vifcast-nova patch check)" if tree.by_hand else ""
            say("%s is patched already%s; nothing was changed." % (package, by_hand), out)
            return 0
        changes = [_change(one, one.patched()) for one in tree.files]
        replace(changes, kept_as=BACKUP)
        _forget_compiled(tree, out)
        for change in changes:
            say("patched %s; as it was: %s" % (change.path, change.path + BACKUP), out)
    say(_RESTART, out)
    say(_NOT_BOTH, out)
    return 0


def revert(directory, out):
    """Remove our lines; no change if there are none."""
    package = locate(directory)
    with alone(package):
        tree = Tree(package)
        if tree.state == NOT_PATCHED:
            say("%s is not patched; nothing was changed." % package, out)
            return 0
        if tree.by_hand:
            raise PatchError(
                "%s was patched by hand (%s); vifcast-nova removes only its own lines. "
                "Nothing was changed." % (package, _listed(tree.by_hand))
            )
        changes = [_change(one, one.restored()) for one in tree.files]
        for change in changes:
            _compare_with_backup(change)
        changed = [change for change in changes if change.new != change.old]
        replace(changed, kept_as=_UNDONE)
        _forget_compiled(tree, out)
        for change in changes:
            for copy in (change.path + _UNDONE, change.path + BACKUP):
                if os.path.exists(copy):
                    os.unlink(copy)
        for change in changed:
            say("restored %s" % change.path, out)
    say(_RESTART, out)
    return 0


def _refuse_half(tree):
    if tree.state != PARTLY:
        return
    missing = [place for place in tree.places if place.state == places.MISSING]
    advice = (
        "Remove the lines that are there (by hand: %s), then apply again." % _listed(tree.by_hand)
        if tree.by_hand
        else "Run `vifcast-nova patch revert`, which removes the lines that are there, then apply."
    )
    raise HalfPatched(
        "%s is partly patched: %s missing. Nothing was changed. %s"
        % (tree.package, ", ".join(place.what for place in missing), advice)
    )


def _listed(found):
    return ", ".join("%s in line %d" % (place.what, place.line) for place in found)


def _change(one, content):
    return Change(os.path.realpath(one.source.path), one.source.content, content)


def _compare_with_backup(change):
    backup = change.path + BACKUP
    if os.path.exists(backup) and read(backup) != change.new:
        raise PatchError(
            "%s differs from %s by more than the lines of the patch: one of them was changed "
            "since. Nothing was changed. Compare them; without the second one, revert removes "
            "the lines of the patch from the first and leaves everything else."
            % (change.path, backup)
        )


def _forget_compiled(tree, out):
    for one in tree.files:
        for path in {one.source.path, os.path.realpath(one.source.path)}:
            for left in remove_bytecode(path):
                say("%s could not be removed; remove it, or Nova may run old code." % left, out)
