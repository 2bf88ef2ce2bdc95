"""The pages at ``/ui/``: rendered here, kept current by htmx and by the stream."""
