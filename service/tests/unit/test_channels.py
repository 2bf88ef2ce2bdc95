import amqp
import pytest

from vifcast.bus.channels import is_not_there


@pytest.mark.parametrize(
    ("error", "is_so"),
    [
        (amqp.NotFound("NOT_FOUND - no queue 'vifcast'"), True),
        # kombu's broker inside the process.
        (
            amqp.ChannelError("NOT_FOUND - no exchange 'nova'", (50, 10), "", "404"),
            True,
        ),
        # It is there, on a node that is away.
        (
            amqp.NotFound("NOT_FOUND - home node 'rabbit@a' of queue 'vifcast' is down"),
            False,
        ),
        (amqp.AccessRefused("ACCESS_REFUSED - access to exchange 'nova' refused"), False),
    ],
)
def test_absence_is_distinguished_from_other_errors(error, is_so):
    assert is_not_there(error) is is_so
