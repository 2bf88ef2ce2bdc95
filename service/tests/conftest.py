"""Fixtures that all tests of the service share."""

pytest_plugins = ["broker_fixtures", "database_fixtures"]
