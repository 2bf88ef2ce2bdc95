"""Values that are made quickly are the values that they were."""

import dataclasses
from dataclasses import dataclass, field

import pytest

from vifcast.model import Event, Operation
from vifcast.quick import quick


@dataclass(frozen=True, slots=True)
class _Plain:
    name: str
    size: int = 3
    parts: list[int] = field(default_factory=list)


@quick
@dataclass(frozen=True, slots=True)
class _Quick:
    name: str
    size: int = 3
    parts: list[int] = field(default_factory=list)


def test_same_arguments_and_defaults():
    assert dataclasses.asdict(_Quick("a")) == dataclasses.asdict(_Plain("a"))
    assert dataclasses.asdict(_Quick("a", 4, [1])) == dataclasses.asdict(_Plain("a", 4, [1]))
    assert _Quick("a").parts is not _Quick("a").parts
    for wrong in ((), ("a", 1, [], 2)):
        with pytest.raises(TypeError):
            _Quick(*wrong)


def test_compares_and_shows_as_before():
    assert _Quick("a", 1) == _Quick("a", 1) != _Quick("a", 2)
    assert repr(_Quick("a", 1)) == "_Quick(name='a', size=1, parts=[])"
    assert dataclasses.replace(_Quick("a", 1), size=2) == _Quick("a", 2)


@pytest.mark.parametrize("kind", [Event, Operation])
def test_fields_are_given_by_name_alone(kind):
    with pytest.raises(TypeError):
        kind(*[None] * len(dataclasses.fields(kind)))
