"""Says where the plug-in is not every Python's from 2.7 to the newest: grammar and library.

Runs in the dev environment, so that no other interpreter has to be found: the grammar of
2.7 and 3.6 is parso's, the newest one's ruff's, which library call came when is vermin's
knowledge. The tests that run beside an old Nova are held to the grammar alone: they are
run there, and may ask which Python it is.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import parso
from places import REPOSITORY
from plan import BEYOND_BEHAVIOUR, PLUGIN

PACKAGE = REPOSITORY / "nova-plugin" / "vifcast_nova"
TESTS = REPOSITORY / PLUGIN
OLD = ("2.7", "3.6")
NEWEST = "py314"
# What those tests that are not for old releases have to themselves.
BEYOND_OLD = {*BEYOND_BEHAVIOUR, "functional", "upstream"}
# B012, W605: newer Pythons warn of a return in a finally and of "\d", and will refuse them.
RULES = "E9,B012,W605"


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


def is_fine_today(paths: list[Path]) -> bool:
    """Whether the newest Python takes all of ``paths`` without a word; says where not."""
    ruff = Path(sys.executable).with_name("ruff")
    command: list[str | Path] = [
        ruff, "check", "--isolated", "--quiet", "--output-format=concise", "--no-cache",
        f"--target-version={NEWEST}", f"--select={RULES}", *paths,
    ]  # fmt: skip
    return subprocess.run(command, check=False).returncode == 0


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
    print("\n".join(found))
    fine_today = is_fine_today(paths)
    vermin = Path(sys.executable).with_name("vermin")
    targets = [f"--target={version}-" for version in OLD]
    library = subprocess.run(
        [vermin, "--violations", "--no-tips", "--processes=1", *targets, PACKAGE], check=False
    )
    return 1 if found or not fine_today or library.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
