"""Puts new content into files: into all of them, or into none.

Every file is written beside its place and moved there when all of them have been. A
move is atomic; between two of them a crash can fall, and leaves a tree that ``check``
calls partly patched and ``revert`` puts right.
"""

import collections
import contextlib
import errno
import fcntl
import glob
import os
import shutil
import tempfile

from vifcast_nova.cli.patch.errors import PatchError
from vifcast_nova.cli.patch.tree import read

# path: str, links followed. old, new: bytes.
Change = collections.namedtuple("Change", "path old new")


@contextlib.contextmanager
def alone(package):
    """Keep other runs of ours off this tree; raises PatchError when one is at work."""
    # On the folder itself: nothing to leave behind, and reading is right enough.
    try:
        descriptor = os.open(package, os.O_RDONLY)
    except EnvironmentError as exc:
        raise PatchError("%s cannot be opened: %s." % (package, exc.strerror))
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except EnvironmentError as exc:
            # Some network file systems have no locks; `replace` looks before it moves.
            if exc.errno in (errno.EAGAIN, errno.EACCES):
                raise PatchError(
                    "Another vifcast-nova is changing %s; nothing was changed. Try again "
                    "when it has ended." % package
                )
        yield
    finally:
        os.close(descriptor)


def replace(changes, kept_as):
    """Make every change, or none; raises PatchError.

    :param changes: list of Change
    :param kept_as: str, what is put behind a file's name for the copy of its old
        content that stays beside it
    """
    kept, fresh, moved = [], [], []
    at = None  # the file that is being written
    try:
        for change in changes:
            at = change.path
            temporary = _write_beside(change.path, change.old)
            kept.append(temporary)
            shutil.copystat(change.path, temporary)  # its time as well
            os.rename(temporary, change.path + kept_as)
            kept[-1] = change.path + kept_as
        for change in changes:
            at = change.path
            fresh.append(_write_beside(change.path, change.new))
        for change in changes:
            if read(change.path) != change.old:
                raise PatchError(
                    "%s was changed by someone else meanwhile; nothing was changed. Look "
                    "at it, and try again." % change.path
                )
        for change, temporary in zip(changes, fresh):
            at = change.path
            os.rename(temporary, change.path)
            moved.append(change.path)
    except BaseException as exc:
        for path in moved:
            _put_back(path, path + kept_as)
        for path in kept + fresh:
            _remove(path)
        if isinstance(exc, EnvironmentError):
            raise PatchError(
                "%s cannot be written: %s; nothing was changed. Run it as the owner of "
                "this file and its folder, where both may be written." % (at, exc.strerror)
            )
        raise


def remove_bytecode(path):
    """Remove what Python has compiled of a source.

    Python 2.7 knows it by its time in whole seconds alone, and 3 may have been set
    not to look at all.

    :returns: the files that could not be removed, a list of str
    """
    folder, name = os.path.split(path)
    stem = os.path.splitext(name)[0]
    left = []
    for compiled in glob.glob(os.path.join(folder, stem + ".py[co]")) + glob.glob(
        os.path.join(folder, "__pycache__", stem + ".*.pyc")
    ):
        try:
            os.unlink(compiled)
        except EnvironmentError:
            left.append(compiled)
    return left


def _write_beside(path, content):
    """Write a new file in the folder of ``path``, with its mode and owner; its name."""
    descriptor, temporary = tempfile.mkstemp(
        prefix="." + os.path.basename(path) + ".", suffix=".vifcast", dir=os.path.dirname(path)
    )
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        was, now = os.stat(path), os.stat(temporary)
        if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
            os.chown(temporary, was.st_uid, was.st_gid)
        # Extended attributes too, where this Python can; but not the time.
        shutil.copystat(path, temporary)
        os.utime(temporary, None)
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


def _put_back(path, copy):
    try:
        os.rename(copy, path)
    except EnvironmentError as exc:
        raise PatchError(
            "%s is changed and cannot be put back: %s. As it was: %s. Put that in its "
            "place before Nova is restarted." % (path, exc.strerror, copy)
        )


def _remove(path):
    try:
        os.unlink(path)
    except EnvironmentError as exc:
        if exc.errno != errno.ENOENT:  # moved already
            raise
