"""The HTTP API and the page: the only package that knows FastAPI and Jinja2."""
