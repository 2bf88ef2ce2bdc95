"""A pytest process of its own (lab/nova_tests.py): Nova's functional base rules here."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

# Before anything else of Nova: it decides on eventlet.
from nova.tests.functional import integrated_helpers  # noqa: E402, F401
