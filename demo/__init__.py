"""The whole way of a NIC notification in one process: real Nova, bus, vifcast."""

import warnings

# Deprecation warnings between Nova's libraries do not concern a person at a demo.
warnings.simplefilter("ignore")
