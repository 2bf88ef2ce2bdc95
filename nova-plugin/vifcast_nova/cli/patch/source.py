"""A Python source as bytes, as lines and as a syntax tree: all three of the same text."""

import ast
import sys

from vifcast_nova.cli.patch.errors import NotUnderstood


class Source(object):
    """One file of Nova.

    :param name: str, as a diff names it: ``nova/rpc.py``
    :param path: str, where it is
    :param content: bytes, in whatever encoding and with whatever line ends
    """

    def __init__(self, name, path, content):
        self.name = name
        self.path = path
        self.content = content
        # Of bytes, this splits where Python's own tokenizer does: \n, \r\n, \r.
        self.lines = content.splitlines(True)
        self.tree = self._parsed()

    def _parsed(self):
        try:
            # Bytes, so that Python itself finds the encoding.
            return ast.parse(self.content)
        except (RuntimeError, MemoryError) as exc:
            raise NotUnderstood("%s is nested too deeply to be read (%s)." % (self.path, exc))
        except (SyntaxError, ValueError, TypeError) as exc:
            if b"\0" in self.content:
                raise NotUnderstood(
                    "%s holds a NUL byte: it is damaged, or no Python source." % self.path
                )
            raise NotUnderstood(
                "%s cannot be read as Python %d.%d: %s. Run vifcast-nova with the "
                "Python that runs this Nova: 2.7 for Nova 17 to 20, 3 for newer ones."
                % (self.path, sys.version_info[0], sys.version_info[1], exc)
            )

    def line(self, number):
        """Line ``number``, counted from 1, with its end."""
        return self.lines[number - 1]

    def indent(self, number):
        """The white space that line ``number`` begins with."""
        line = self.line(number)
        return line[: len(line) - len(line.lstrip())]

    def line_end(self, number):
        """How line ``number`` ends; how the one before it does, where it is the last."""
        for line in (self.line(number), self.line(number - 1)):
            end = line[len(line.rstrip(b"\r\n")) :]
            if end:
                return end
        return b"\n"

    def begins_line(self, node):
        """Is there only white space before ``node`` on its line?"""
        return not self.line(node.lineno)[: node.col_offset].strip()
