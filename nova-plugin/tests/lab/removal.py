"""Removes an outbox directory in which a sender may be making files for letters to come."""

import os
import shutil


def remove(directory):
    """Until it is gone."""
    while os.path.exists(directory):
        shutil.rmtree(directory, ignore_errors=True)
