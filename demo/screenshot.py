"""``make screenshot``: the picture of the page in the README, from the demo's story."""

import subprocess
import sys
import tempfile
from pathlib import Path

from demo import story
from demo.stage import Stage

PICTURE = Path(__file__).parent.parent / "docs" / "page.png"
_CHROMIUM = [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1280,1000",
    "--virtual-time-budget=3000",
]


def main() -> None:
    """Write docs/page.png."""
    with tempfile.TemporaryDirectory(prefix="vifcast-demo-") as directory:
        stage = Stage(Path(directory), listen="127.0.0.1:0")
        try:
            for step in story.steps(stage.boot_nova()):
                for _ in stage.carry_out(step):
                    pass
            subprocess.run(
                [
                    *_CHROMIUM,
                    f"--user-data-dir={directory}/chromium",
                    f"--screenshot={PICTURE}",
                    stage.server.url,
                ],
                check=True,
                capture_output=True,
                timeout=120,
            )
        finally:
            stage.close()
    print(f"wrote {PICTURE.relative_to(Path.cwd())}", file=sys.stderr)


if __name__ == "__main__":
    main()
