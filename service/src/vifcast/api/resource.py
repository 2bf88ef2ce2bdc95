"""``Resource``: the base of all shapes of answers, and how one is made of a struct.

Fields and types are those of the model; beside a shape stands what a reader of the API has to know
besides. The answers themselves are made by ``vifcast.representation``, which the command line uses
too; a test holds the two together.
"""

from collections.abc import Collection, Mapping
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field, create_model

from vifcast.representation import DETAILS

OF_BROKER = "That of the broker from which it came; null: the broker has none."

_OF_STRUCT: dict[Any, type["Resource"]] = {}


def _may_be_left_out(schema: dict[str, Any]) -> None:
    """A project's own users get no details: ``vifcast.representation``."""
    if "required" in schema:
        schema["required"] = [each for each in schema["required"] if each not in DETAILS]


class Resource(BaseModel):
    """Base of all: nothing that is not listed here is ever in an answer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_may_be_left_out)


def resource_of(
    kind: type[Struct],
    summary: str,
    descriptions: Mapping[str, str] | None = None,
    *,
    shown_as: Mapping[str, Any] | None = None,
    left_out: Collection[str] = (),
) -> type[Resource]:
    """The resource of a struct; ``shown_as`` are types that differ from the model's."""
    types = {name: _type(hint) for name, hint in get_type_hints(kind).items()}
    types.update(shown_as or {})
    fields: Any = {
        name: (shown, Field(description=(descriptions or {}).get(name)))
        for name, shown in types.items()
        if name not in left_out
    }
    made = create_model(
        f"{kind.__name__}Resource",
        __base__=Resource,
        __module__=__name__,
        __doc__=summary,
        **fields,
    )
    _OF_STRUCT[kind] = made
    return made


def _type(hint: Any) -> Any:
    """As the type is in JSON: lists for tuples, resources for structs."""
    if get_origin(hint) is UnionType:
        first, *others = (_type(each) for each in get_args(hint))
        for other in others:
            first |= other
        return first
    if get_origin(hint) is tuple:
        return list[_type(get_args(hint)[0])]  # type: ignore[misc]
    return _OF_STRUCT.get(hint, hint)


Item = TypeVar("Item")


class PageResource(Resource, Generic[Item]):
    """Some items, and where to go on."""

    items: list[Item]
    next_cursor: str | None = Field(description="Pass as `cursor`; null at the end.")


def page_of(item: type[Resource]) -> type[Resource]:
    """A page of these."""
    page: type[Resource] = PageResource[item]  # type: ignore[valid-type]
    return page
