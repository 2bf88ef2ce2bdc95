"""Forms as they were typed."""

from typing import Annotated

from fastapi import Depends, Request

from vifcast.api.control_characters import refuse_in
from vifcast.web.csrf import FIELD


async def _typed(request: Request) -> dict[str, str]:
    """Each field's text, without blanks around it; lines end as they do in our own files."""
    fields: dict[str, str] = {}
    for name, value in (await request.form()).items():
        if name != FIELD and isinstance(value, str):
            refuse_in(name[:60], value)
            fields[name] = value.replace("\r\n", "\n").strip()
    return fields


# The form of a request; of several fields with one name, the last. Raises InvalidValueError.
Typed = Annotated[dict[str, str], Depends(_typed)]
