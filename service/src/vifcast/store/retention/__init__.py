"""Which rows are too old, and their deletion."""
