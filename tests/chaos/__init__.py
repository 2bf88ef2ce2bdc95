"""Kills everything between the bus and the receivers, and counts what is lost and disordered.

``python -m tests.chaos``. Notifications of many servers are published to a real broker; ingesters,
deliverers and receivers are killed and frozen at random, and the database is restarted.
``parts`` has the processes, ``faults`` what happens to them, ``verdict`` holds what the receivers
noted against what was published. The same ``--seed`` has the same faults in the same order.
"""
