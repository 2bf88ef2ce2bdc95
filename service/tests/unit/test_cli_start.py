"""What a command waits for before it does anything."""

import subprocess
import sys

import pytest

SLOW = ("fastapi", "keystoneauth1", "openstack", "osc_lib", "requests", "uvicorn")


@pytest.mark.parametrize("module", ["vifcast.cli", "vifcast.cli.local_source"])
def test_a_question_to_a_database_loads_no_library_for_http(module):
    code = f"import sys, {module}; print(*(set({SLOW}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []


def test_client_loads_no_openstacksdk_and_no_database():
    code = "import sys, vifcast.client; print(*({'openstack', 'sqlalchemy'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []
