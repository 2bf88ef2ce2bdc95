"""What the reasons of dead letters mean, and what to do about them."""


def _(text: str) -> str:
    """Mark a text for the catalogs; the template translates it."""
    return text


_UPGRADE = _("vifcast-nova on that compute host is newer than this service: upgrade the service.")
_NEVER_SO = _("It is about a NIC, and Nova never sends such a payload.")

# By ``reason_code``; a test holds them to docs/dead-letters.md.
MEANINGS = {
    "request_id_invalid": _("The id of its request is no text, so it cannot be joined to others."),
    "not_json": _("The body is no JSON, or was cut off."),
    "not_utf8": _("The body is no UTF-8."),
    "not_an_object": _("The body is JSON, but no object."),
    "wrong_envelope": _(
        "It was not written by oslo.messaging, or has an envelope of another version than 2."
    ),
    "no_message_id": _("It has no message_id, which every notification has."),
    "no_event_type": _("It has no event_type, which every notification has."),
    "timestamp_invalid": _(
        "It has no timestamp, or one before the year 2000 or more than ten years ahead. Look at "
        "the clock of the host that sent it."
    ),
    "payload_not_object": _("vifcast reads this event type, but the payload is no object."),
    "payload_too_deep": _NEVER_SO,
    "no_instance_id": _NEVER_SO,
    "payload_invalid": _(
        "A field that is needed is missing, or of a wrong type. Where a port has no device_owner, "
        "a policy of Neutron hides it."
    ),
    "unknown_payload_version": _("Nova is newer than this service: upgrade the service."),
    "field_too_long": _("An id that is needed has more than 255 characters."),
    "interface_invalid": _(
        "The interface in the payload is no object, or its version or operation_id is invalid."
    ),
    "unknown_interface_version": _UPGRADE,
    "report_invalid": _("A report of a compute host that is not as it should be."),
    "unknown_report_version": _UPGRADE,
    "too_large": _(
        "The body is longer than max_body_bytes in [ingest] allows. Raise it, and read it again."
    ),
    "unknown_compression": _(
        "It is compressed in a way that vifcast does not read. Set kombu_compression of the sender "
        "to gzip."
    ),
    "unknown_encoding": _("It has a charset that vifcast does not read."),
    "store_refused": _(
        "The database refuses it, though it stores others: a mistake in vifcast. Please report it, "
        "and read it again after an upgrade."
    ),
    "broken_compression": _("It is not compressed as its header says, or was cut off."),
    "broken_encoding": _("It does not have the charset that its header names."),
}
