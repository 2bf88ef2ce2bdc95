"""Subscriptions as people make, change and read them: the same for the API and the commands."""
