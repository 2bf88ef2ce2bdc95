"""``GET /v1/stream``: what is stored, as it is stored (Server-Sent Events)."""
