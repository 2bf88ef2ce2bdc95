"""Refuses sources that the Python running this cannot compile; run by Python 2.7.

``python2.7 check_python2.py FOLDER ... --except PATH ...``. Writes nothing, unlike compileall,
whose .pyc files would lie beside the sources.
"""

import os
import sys

EXCEPT = "--except"


def sources(paths, left_out):
    """Every .py file that is one of the paths, or below one."""
    for path in paths:
        if path in left_out:
            continue
        if os.path.isdir(path):
            inside = [os.path.join(path, name) for name in sorted(os.listdir(path))]
            for found in sources(inside, left_out):
                yield found
        elif path.endswith(".py"):
            yield path


def trouble(path):
    """Where and why the file cannot be compiled, or None."""
    with open(path, "rb") as source:
        text = source.read()
    try:
        compile(text, path, "exec", 0, True)
    except SyntaxError as error:
        version = "%d.%d" % sys.version_info[:2]
        return "%s:%s: not Python %s: %s" % (path, error.lineno, version, error.msg)
    except (TypeError, ValueError) as error:  # a null byte
        return "%s: %s" % (path, error)
    return None


def main(words):
    """Report on each file; returns the exit code."""
    at = words.index(EXCEPT) if EXCEPT in words else len(words)
    found = [each for each in map(trouble, sources(words[:at], words[at + 1 :])) if each]
    for each in found:
        sys.stderr.write(each + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
