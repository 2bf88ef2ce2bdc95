"""Says where the plug-in is not the grammar of Python 2.7 and 3.6, as parso knows it.

Runs in the dev environment, so that no other interpreter has to be found. What the standard
library had when is vermin's business, the newest grammar ruff's: make lint runs them, too.
"""

import sys
from pathlib import Path
from typing import Any

import parso
from places import REPOSITORY
from plan import BEYOND_BEHAVIOUR, PLUGIN

PACKAGE = REPOSITORY / "nova-plugin" / "vifcast_nova"
TESTS = REPOSITORY / PLUGIN
OLD = ("2.7", "3.6")
# What those tests that are not for old releases have to themselves.
BEYOND_OLD = {*BEYOND_BEHAVIOUR, "functional", "upstream"}


def syntax_errors(source: str, version: str) -> list[str]:
    """What the grammar of that old Python refuses, as ``line: message``."""
    # Its type information knows parsing alone.
    grammar: Any = parso.load_grammar(version=version)
    return [
        f"{error.start_pos[0]}: {error.message}"
        for error in grammar.iter_errors(grammar.parse(source))
    ]


def sources() -> list[Path]:
    """Every file that has to be Python 2.7 as well."""
    tests = [
        path for path in TESTS.rglob("*.py") if BEYOND_OLD.isdisjoint(path.relative_to(TESTS).parts)
    ]
    return sorted([*PACKAGE.rglob("*.py"), *tests])


def main() -> int:
    """Check every file; returns 1 when one of them is not for all."""
    paths = sources()
    if not {PACKAGE / "__init__.py", TESTS / "conftest.py"} <= set(paths):
        print(f"The plug-in is not in {PACKAGE} and {TESTS}; where has it gone?")
        return 1
    found = [
        f"{path.relative_to(REPOSITORY)}:{error} (Python {version})"
        for path in paths
        for version in OLD
        for error in syntax_errors(path.read_text(encoding="utf-8"), version)
    ]
    print("\n".join(found), end="")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
