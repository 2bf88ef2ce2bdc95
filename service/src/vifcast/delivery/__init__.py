"""Sends subscribers what is due to them, and notes what became of it."""
