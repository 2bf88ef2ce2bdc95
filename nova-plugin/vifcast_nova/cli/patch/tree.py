"""A Nova on disk: where it is, and what of the patch is in it."""

import os
import sys

from vifcast_nova.cli.patch import calls, entries, places
from vifcast_nova.cli.patch.errors import NotUnderstood, PatchError
from vifcast_nova.cli.patch.source import Source

# What is looked for in which file, in the order of a diff.
FILES = (("nova/compute/manager.py", calls.find), ("nova/rpc.py", entries.find))

NOT_PATCHED = "not patched"
PATCHED = "patched"
PARTLY = "partly patched"


class File(object):
    """One of the two files as it was when it was read, and its places."""

    def __init__(self, name, path, find_places):
        self.source = Source(name, path, read(path))
        self.places = find_places(self.source)
        self._find_places = find_places

    def patched(self):
        """The content with the lines that are missing; raises NotUnderstood."""
        content = places.with_lines(self.source, self.places)
        if not self._is_whole(content):
            raise NotUnderstood(
                "%s: the places of the lines are not certain; the file is written "
                "in a way that vifcast-nova does not know." % self.source.path
            )
        return content

    def _is_whole(self, content):
        # What comes out must be a source again, and our own eyes must see it as ours.
        try:
            again = Source(self.source.name, self.source.path, content)
            found = self._find_places(again)
        except NotUnderstood:
            return False
        return (
            all(place.state == places.OURS for place in found)
            and places.without_lines(again, found) == self.source.content
        )

    def restored(self):
        """The content without our lines."""
        content = places.without_lines(self.source, self.places)
        self._find_places(Source(self.source.name, self.source.path, content))
        return content


class Tree(object):
    """The package ``nova`` in the folder ``package``; raises PatchError."""

    def __init__(self, package):
        self.package = package
        self.files = [
            File(name, os.path.join(package, *name.split("/")[1:]), find_places)
            for name, find_places in FILES
        ]

    @property
    def places(self):
        return [place for one in self.files for place in one.places]

    @property
    def state(self):
        """NOT_PATCHED, PATCHED or PARTLY."""
        missing = [place.state == places.MISSING for place in self.places]
        if all(missing):
            return NOT_PATCHED
        return PARTLY if any(missing) else PATCHED

    @property
    def by_hand(self):
        """The places that hold what others wrote."""
        return [place for place in self.places if place.state == places.BY_HAND]


def locate(directory=None):
    """The folder of the package ``nova``; raises NotUnderstood.

    :param directory: str, that folder or the one that holds it; None for the Nova that
        this Python would import
    """
    if directory is None:
        package = _importable()
        if package is None:
            raise NotUnderstood(
                "%s has no Nova to import. Say where it is: --nova DIR, or run "
                "vifcast-nova with Nova's own Python." % sys.executable
            )
        return package
    for package in (directory, os.path.join(directory, "nova")):
        if os.path.lexists(os.path.join(package, "compute", "manager.py")):
            return package
    if not os.path.isdir(directory):
        raise NotUnderstood("--nova %s: there is no such folder." % (directory or "''"))
    if not os.access(directory, os.R_OK | os.X_OK):
        raise PatchError("%s may not be read by this user." % directory)
    raise NotUnderstood(
        "%s holds no Nova: there is neither nova/compute/manager.py nor "
        "compute/manager.py in it." % directory
    )


def _importable():
    # Found, not imported: up to Rocky that would patch this process with eventlet.
    if sys.version_info[0] == 2:
        import imp

        try:
            return imp.find_module("nova")[1]
        except ImportError:
            return None
    from importlib.util import find_spec  # novermin: Python 3 alone gets here

    spec = find_spec("nova")
    return os.path.dirname(spec.origin) if spec and spec.origin else None


def read(path):
    """The content of a file as bytes; raises PatchError."""
    if os.path.islink(path) and not os.path.exists(path):
        raise NotUnderstood("%s is a link to %s, which is not there." % (path, os.readlink(path)))
    if not os.path.isfile(path):
        what = "a directory" if os.path.isdir(path) else "no file"
        raise NotUnderstood("%s is %s; a Python source was expected." % (path, what))
    try:
        with open(path, "rb") as opened:
            return opened.read()
    except EnvironmentError as exc:
        raise PatchError("%s cannot be read: %s." % (path, exc.strerror))
