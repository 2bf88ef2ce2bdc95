import pytest
from check_old_python import sources, syntax_errors
from places import REPOSITORY


@pytest.mark.parametrize(
    "source",
    [
        "f'{x}'\n",
        "def f(*, a):\n    pass\n",
        "def f(\n    *args,\n):\n    pass\n",
        "raise ValueError() from None\n",
        "x: int = 1\n",
        "async def f():\n    pass\n",
    ],
)
def test_new_syntax_is_refused_for_python_2(source: str) -> None:
    assert syntax_errors(source, "2.7")


def test_walrus_is_refused_for_python_3_6() -> None:
    assert syntax_errors("if (x := 1):\n    pass\n", "3.6")


def test_source_for_both_is_fine() -> None:
    source = "from __future__ import absolute_import\n\ndef f(*args, **kwargs):\n    return args\n"
    assert syntax_errors(source, "2.7") == syntax_errors(source, "3.6") == []


def test_package_and_the_tests_that_run_beside_an_old_nova_are_checked() -> None:
    checked = {str(path.relative_to(REPOSITORY / "nova-plugin")) for path in sources()}
    assert {"vifcast_nova/driver.py", "tests/lab/compute.py", "tests/test_scenarios.py"} <= checked
    assert not {"tests/test_processes.py", "tests/functional/cloud.py"} & checked
