"""From the bytes of a notification to an Event; pure functions, no I/O."""
