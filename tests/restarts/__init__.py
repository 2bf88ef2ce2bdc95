"""Restarts a broker while NICs come and go, and counts what is lost and doubled.

``python -m tests.restarts``. A real Nova attaches and detaches without pause, its exchange is
not durable, and ``vifcast serve`` listens. ``rounds`` has what happens around each restart,
``cloud`` the three parts, ``ledger`` holds what Nova did against what the service stored.
"""
