"""Values that are made by the million."""

import dataclasses
from typing import TypeVar

T = TypeVar("T")


def quick(cls: type[T]) -> type[T]:
    """Let a frozen dataclass be made in less than half the time; goes above ``@dataclass``.

    A frozen one sets each field of a new object through ``object.__setattr__``, because its own
    refuses. This gives it the constructor of one that is not frozen, and takes the refusal away:
    that nobody changes a value is left to mypy, which sees ``frozen=True``.
    """
    own = [
        (
            field.name,
            field.type,
            dataclasses.field(
                default=field.default,
                default_factory=field.default_factory,
                kw_only=bool(field.kw_only),
            ),
        )
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]
    ]
    twin = dataclasses.make_dataclass(cls.__name__, own)
    cls.__init__ = twin.__init__  # type: ignore[misc, method-assign]
    del cls.__setattr__, cls.__delattr__
    return cls
