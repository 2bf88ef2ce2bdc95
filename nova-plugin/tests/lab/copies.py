"""Servers made after the first one, which Nova itself has made.

That Nova makes a server and reads it takes as long as the call that a test is about: a third of
test_never_breaks_nova.py on Queens. A copy is rows in the same tables, and the object as a
compute host has it: from another process, over RPC.
"""

import contextlib
import json
import sqlite3


class Copies(object):
    """Copies of ``instance``, which itself is to stay as it is.

    :param database_path: str, of SQLite
    """

    def __init__(self, instance, database_path):
        self._class = type(instance)
        self._uuid = instance.uuid
        self._primitive = json.dumps(instance.obj_to_primitive())
        self._database_path = database_path

    def make(self, context, new_uuid):
        """A server like it: rows, and the object."""
        primitive = json.loads(self._primitive.replace(self._uuid, new_uuid))
        primitive["nova_object.data"]["id"] = self._copy_rows(new_uuid)
        return self._class.obj_from_primitive(primitive, context)

    def _copy_rows(self, new_uuid):
        """Returns the id of the row in ``instances``."""
        with contextlib.closing(sqlite3.connect(self._database_path, timeout=30)) as connection:
            with connection:
                for table, column in _tables(connection):
                    made = _copy(connection, table, column, self._uuid, new_uuid)
                    if table == "instances":
                        instance_id = made
        return instance_id


def _tables(connection):
    """``[(name, the column that says whose a row is)]``."""
    found = []
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
        column = "uuid" if name == "instances" else "instance_uuid"
        if column in _columns(connection, name):
            found.append((name, column))
    return found


def _columns(connection, table):
    return [row[1] for row in connection.execute("PRAGMA table_info(%s)" % table)]


def _copy(connection, table, column, old, new):
    """Returns the id of the last row made, if any."""
    columns = [each for each in _columns(connection, table) if each != "id"]
    query = "SELECT %s FROM %s WHERE %s = ?" % (", ".join(columns), table, column)
    statement = "INSERT INTO %s (%s) VALUES (%s)" % (
        table, ", ".join(columns), ", ".join("?" * len(columns))
    )
    made = None
    for row in connection.execute(query, (old,)).fetchall():
        values = [v.replace(old, new) if isinstance(v, type(u"")) else v for v in row]
        made = connection.execute(statement, values).lastrowid
    return made
