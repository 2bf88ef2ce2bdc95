"""Stores and answers questions about the NICs that Nova attaches and detaches."""
