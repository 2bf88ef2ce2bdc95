"""Says where nova-plugin/'s package is not Python 2.7 and 3.6: grammar and library.

Runs on the dev environment's Python, so that no old interpreter has to be found: the
grammar is parso's, which library call came when is vermin's knowledge.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import parso

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = REPOSITORY / "nova-plugin" / "vifcast_nova"
VERSIONS = ("2.7", "3.6")


def syntax_errors(source: str, version: str) -> list[str]:
    """What the grammar of that Python refuses, as ``line: message``."""
    # Its type information knows parsing alone.
    grammar: Any = parso.load_grammar(version=version)
    return [
        f"{error.start_pos[0]}: {error.message}"
        for error in grammar.iter_errors(grammar.parse(source))
    ]


def main() -> int:
    """Check every module; returns 1 when one of them needs a newer Python."""
    sources = sorted(PACKAGE.rglob("*.py"))
    if not sources:
        print(f"There is no Python source in {PACKAGE}")
        return 1
    found = [
        f"{path.relative_to(REPOSITORY)}:{error} (Python {version})"
        for path in sources
        for version in VERSIONS
        for error in syntax_errors(path.read_text(encoding="utf-8"), version)
    ]
    print("\n".join(found))
    vermin = Path(sys.executable).with_name("vermin")
    targets = [f"--target={version}-" for version in VERSIONS]
    library = subprocess.run(
        [vermin, "--violations", "--no-tips", "--processes=1", *targets, PACKAGE], check=False
    )
    return 1 if found or library.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
