"""Fixtures that all tests of the service share."""

from hypothesis import settings

pytest_plugins = [
    "broker_fixtures",
    "database_fixtures",
    "keystone_fixtures",
    "subscriber_fixtures",
]

# How long an example takes is the machine's business: others work on it too.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
