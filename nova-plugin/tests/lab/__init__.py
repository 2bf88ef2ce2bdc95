"""A real nova-compute's inside in one process, and an ear on its bus."""
