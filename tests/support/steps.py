"""How much work a function is, counted: a number that no other load of the machine changes."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps_of(function: Callable[[], object]) -> int:
    """How many of Python's instructions it takes, in everything that it calls.

    Loops inside C (``sorted``, ``min``) count once. Slow: some 5 million a second.
    """
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before)
    return count


def growth(work: Callable[[int], object], size: int) -> float:
    """By how much the work grows from ``size`` to four times as much: 4 where it is linear."""
    return steps_of(lambda: work(4 * size)) / steps_of(lambda: work(size))
