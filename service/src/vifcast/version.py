"""The version of this distribution; a literal, so that a build can read it."""

__version__ = "0.1.0"
