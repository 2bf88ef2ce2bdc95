"""docs/vifcast-nova.conf.sample is what oslo.config writes of vifcast-nova's options."""

import subprocess
import sys
from pathlib import Path

SAMPLE = Path(__file__).parents[1] / "docs" / "vifcast-nova.conf.sample"


def test_sample_file_is_the_one_that_the_generator_writes() -> None:
    generator = Path(sys.executable).with_name("oslo-config-generator")
    written = subprocess.run(
        [generator, "--namespace", "vifcast_nova"], check=True, capture_output=True, text=True
    ).stdout
    assert SAMPLE.read_text() == written
