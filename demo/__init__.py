"""The whole way of a NIC notification in one process: real Nova, bus, vifcast."""

import warnings

# Nova's libraries tell each other what is deprecated; a person at a demo is not meant.
warnings.simplefilter("ignore")
