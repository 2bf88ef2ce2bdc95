"""A store whose file becomes writable while it is open: whether it can be written then.

``python3 read_only_database.py CASE DATABASE``, where permissions bind: prints ``ok``, or what
keeps it from writing. DATABASE is there, and its file is of mode 400.
"""

import gc
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from vifcast.errors import StoreError
from vifcast.store import Location, Store
from vifcast.store.sql import schema


def error_of(write: Callable[[Store], None], store: Store) -> str:
    """What the store says to that; nothing where it works."""
    try:
        write(store)
    except StoreError as error:
        return str(error)
    return ""


def error_that_stays(write: Callable[[Store], None], store: Store) -> str:
    """What the store still says after half a minute; nothing as soon as it works."""
    deadline = time.monotonic() + 30
    while (error := error_of(write, store)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return error


def make_writable(path: Path) -> None:
    """The file, and those beside it."""
    for each in path.parent.glob(f"{path.name}*"):
        each.chmod(0o600)


def write_once(store: Store) -> None:
    """As the parts of vifcast do that ingest nothing."""
    with store.writing() as connection:
        connection.execute(sa.delete(schema.event))


def returned(store: Store, path: Path) -> str:
    """A reader's connection was in use when the check failed, and is given back later."""
    with store.reading():
        assert error_of(Store.check, store)
    make_writable(path)
    return error_that_stays(Store.check, store)


def never_idle(store: Store, path: Path) -> str:
    """There is always a reader; each ends once the next one is in, or waits to be let in."""
    stopping = threading.Event()
    begun = [threading.Event() for _ in range(2)]

    def read(number: int) -> None:
        while not stopping.is_set():
            with store.reading():
                begun[number].set()
                begun[1 - number].wait(0.1)
                begun[1 - number].clear()

    threads = [threading.Thread(target=read, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    try:
        assert error_of(Store.check, store)
        make_writable(path)
        return error_that_stays(Store.check, store)
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def only_written(store: Store, path: Path) -> str:
    """Nobody calls ``check``."""
    assert error_of(write_once, store)
    with store.reading():
        pass
    make_writable(path)
    return error_that_stays(write_once, store)


CASES = {each.__name__: each for each in (returned, never_idle, only_written)}


def main() -> None:
    """See the module's docstring."""
    # A pool that is given up is a circle of objects, and a process that ingests seldom looks for
    # those.
    gc.disable()
    path = Path(sys.argv[2])
    store = Store(Location.of_file(path))
    # Leaves the files of the write-ahead log, of the same mode; before, each opens those it makes.
    assert error_of(Store.check, store)
    print(CASES[sys.argv[1]](store, path) or "ok")


if __name__ == "__main__":
    main()
