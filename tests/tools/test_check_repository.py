from pathlib import Path

import pytest
from check_repository import LARGEST_BYTES, complaints


@pytest.mark.parametrize(
    "line",
    [
        "amqp==5.3.1 --index-url https://mirror.example.com/simple",
        "open('/root/x')",
        "open('/home/someone/x')",
        "# TODO later",
    ],
)
def test_unwanted_line_is_found_with_its_place(line: str) -> None:
    (found,) = complaints(Path("a/b.py"), f"first\n{line}\n".encode())
    assert found.startswith("a/b.py:2: ")


@pytest.mark.parametrize("line", ["/var/lib/nova/root/x", "a/root/b", "todo list", "httpx==0.28.1"])
def test_ordinary_line_is_fine(line: str) -> None:
    assert complaints(Path("a.py"), line.encode()) == []


def test_address_in_a_lock_is_found() -> None:
    line = b"x @ https://mirror.example.com/x.whl"
    assert complaints(Path("docs/a.md"), line) == []
    (found,) = complaints(Path("locks/dev.txt"), line)
    assert found.startswith("locks/dev.txt:1: ")


def test_large_file_is_found_whatever_is_in_it() -> None:
    (found,) = complaints(Path("a.bin"), b"\0" * (LARGEST_BYTES + 1))
    assert "a.bin" in found
