from pathlib import Path

import pytest
from check_old_python import is_fine_today, sources, syntax_errors
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


@pytest.mark.parametrize(
    "source",
    [
        "print 'x'\n",
        "except_ = async = 1\n",
        "def f():\n    try:\n        pass\n    finally:\n        return 1\n",
        "pattern = '\\d'\n",
    ],
)
def test_what_only_old_pythons_take_is_refused(source: str, tmp_path: Path) -> None:
    path = tmp_path / "old.py"
    path.write_text(source)
    assert not is_fine_today([path])


def test_source_for_all_is_fine_today(tmp_path: Path) -> None:
    path = tmp_path / "both.py"
    path.write_text("def f(*args):\n    return args\n")
    assert is_fine_today([path])


def test_package_and_the_tests_that_run_beside_an_old_nova_are_checked() -> None:
    checked = {str(path.relative_to(REPOSITORY / "nova-plugin")) for path in sources()}
    assert {"vifcast_nova/driver.py", "tests/lab/compute.py", "tests/test_scenarios.py"} <= checked
    assert not {"tests/test_processes.py", "tests/functional/cloud.py"} & checked
