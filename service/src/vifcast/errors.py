"""Every error that vifcast raises on purpose.

The base class carries a stable ``code`` for programs; the text is for a person
at 3 a.m.: what happened, to which object, what to do. Code branches on the
class, never on the text.
"""


class VifcastError(Exception):
    """Base of all errors of vifcast."""

    code = "vifcast_error"


class ConfigError(VifcastError):
    """The configuration cannot be read or holds a value that makes no sense."""

    code = "config_invalid"


class InvalidValueError(VifcastError):
    """A value given by a user (an address, a time) is not one."""

    code = "value_invalid"


class NotificationError(VifcastError):
    """A body from the bus that is not a notification which vifcast understands.

    It becomes a dead letter; ``code`` says which kind of broken it is.
    """

    code = "notification_invalid"

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class NotOpenedError(NotificationError):
    """A body that is coded in a way that cannot be undone; ``opened`` is the beginning, if any."""

    def __init__(self, code: str, reason: str, opened: bytes = b"") -> None:
        super().__init__(code, reason)
        self.opened = opened


class BrokerUnreachableError(VifcastError):
    """No broker answers at any of the hosts; trying again may help."""

    code = "broker_unreachable"


class BrokerRefusedError(VifcastError):
    """A broker answered and said no; only a person can change that."""

    code = "broker_refused"


class UnroutableError(VifcastError):
    """A broker has taken a message and put it into no queue; a person has to bind one."""

    code = "unroutable"


class StoreError(VifcastError):
    """The store cannot be opened, read or written."""

    code = "store_unavailable"


class StoreRefusedError(StoreError):
    """The store works, and refuses what it was given; trying again does not help."""

    code = "store_refused"


class StoreConflictError(StoreError):
    """Two transactions waited for each other, and this one was ended; trying again helps."""

    code = "store_conflict"


class StoreSchemaError(StoreError):
    """The database has a schema that this release cannot work with."""

    code = "store_schema"


class CloudError(VifcastError):
    """Nova, Neutron or Keystone did not answer, or not wholly."""

    code = "cloud_unavailable"


class ReconcileError(VifcastError):
    """What was found must not be written into the ledger."""

    code = "reconcile_refused"


class ListenError(VifcastError):
    """The HTTP API cannot listen at the address it was given."""

    code = "listen_failed"


class NotFoundError(VifcastError):
    """What was named does not exist, or nothing is known of it."""

    code = "not_found"


class ConflictError(VifcastError):
    """What is asked for does not go with how things are now."""

    code = "conflict"


class QuotaError(ConflictError):
    """There are as many of a kind already as there may be."""

    code = "quota_exceeded"


class BusyError(ConflictError):
    """As much of it is being done already as may be at once; trying again helps."""

    code = "busy"


class AccessDeniedError(VifcastError):
    """The credentials are missing, refused, or not enough for this."""

    code = "access_denied"


class ApiError(VifcastError):
    """The API of a vifcast answered with an error, or something else answered."""

    code = "api_failed"


class ApiUnreachableError(ApiError):
    """No API answers there; trying again may help."""

    code = "api_unreachable"
