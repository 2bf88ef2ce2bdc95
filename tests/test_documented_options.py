"""The sample files in docs/ are what oslo.config writes of the options of both distributions."""

import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize("namespace", ["vifcast", "vifcast_nova"])
def test_sample_file_is_the_one_that_the_generator_writes(namespace: str) -> None:
    generator = Path(sys.executable).with_name("oslo-config-generator")
    written = subprocess.run(
        [generator, "--namespace", namespace], check=True, capture_output=True, text=True
    ).stdout
    sample = DOCS / f"{namespace.replace('_', '-')}.conf.sample"
    assert sample.read_text() == written
