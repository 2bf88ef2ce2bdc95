import datetime as dt
from dataclasses import fields, replace

import pytest

from vifcast.model import Attachment, Event
from vifcast.store.sql.rows import maker

NOON = dt.datetime(2026, 11, 3, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize("kind", [Attachment, Event])
def test_what_is_made_is_as_if_its_class_had_made_it(kind):
    values = {each.name: (each.name, NOON) for each in fields(kind)}
    made = maker(kind)(list(values.values()))
    assert type(made) is kind
    assert made == kind(**values)
    assert hash(made) == hash(kind(**values))
    assert repr(made) == repr(kind(**values))
    assert replace(made, instance_id="other") == kind(**values | {"instance_id": "other"})


@pytest.mark.parametrize("wrong", [-1, 1])
def test_too_few_or_too_many_values_make_nothing(wrong):
    with pytest.raises(TypeError):
        maker(Attachment)(["value"] * (len(fields(Attachment)) + wrong))
