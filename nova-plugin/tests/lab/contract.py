"""Checks a notification against the JSON Schemas in ``contract/``."""

import json
import os

import jsonschema

_CONTRACT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "contract")


def _load(name):
    with open(os.path.join(_CONTRACT, name)) as schema_file:
        return json.load(schema_file)


def _validator():
    schema = _load("notification.schema.json")
    # Put in its place rather than resolved: the resolver's API has changed
    # between the jsonschema of Queens and today's.
    schema["properties"]["payload"]["properties"]["interface"] = _load("interface.schema.json")
    return jsonschema.Draft4Validator(schema)


# What is there, and how it is written on.
MAC_ADDRESSES = _load("mac_addresses.json")["cases"]

_VALIDATOR = _validator()
_INTERFACES = jsonschema.Draft4Validator(_load("interface.schema.json"))
_REPORTS = jsonschema.Draft4Validator(_load("report.schema.json"))


def check(notification):
    """Raise jsonschema.ValidationError if the contract does not hold."""
    _VALIDATOR.validate(_own(notification))


def check_interface(interface):
    """The same of the key ``interface`` alone."""
    _INTERFACES.validate(interface)


def check_report(notification):
    """The same of a ``vifcast.report``."""
    _REPORTS.validate(_own(notification))


def _own(notification):
    return {k: v for k, v in notification.items() if k not in ("_body", "_routing_key")}
