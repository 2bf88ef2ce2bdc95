"""What is known of a NIC is in the same fields of everything that is about one."""

import pytest

from vifcast.model import NIC_FIELDS, Attachment, Event, Operation
from vifcast.store.sql.schema.columns import nic


@pytest.mark.parametrize("kind", [Event, Operation, Attachment])
def test_has_every_field_of_a_nic(kind):
    assert set(NIC_FIELDS) <= set(kind.__struct_fields__)


def test_tables_have_a_column_for_every_field_of_a_nic():
    assert {column.name for column in nic()} == set(NIC_FIELDS)
