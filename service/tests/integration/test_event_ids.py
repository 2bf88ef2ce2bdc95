"""Which ids events are given, where a database does not count by ones."""

from contextlib import closing

import pytest
import sqlalchemy as sa

from ledger_events import attach_or_detach
from vifcast.store import AttachmentQuery, Store


@pytest.mark.parametrize("new_location", ["postgresql"], indirect=True)
def test_ids_that_do_not_follow_one_another(new_location):
    start, end = attach_or_detach(1)
    with closing(Store.open_for_writing(new_location)) as store:
        with store.writing() as connection:
            connection.execute(sa.text("ALTER SEQUENCE event_id_seq INCREMENT BY 3"))
        stored = [each.read_back() for each in store.write([start, end], [])]
        assert stored[1].id == stored[0].id + 3
        assert stored == store.events_after(0, 10)
        (attachment,) = store.attachments(AttachmentQuery(port=end.port_id)).items
        assert attachment.attached_at == end.occurred_at
