"""From the bytes of a notification to an Event or a HostReport; pure functions, no I/O."""
