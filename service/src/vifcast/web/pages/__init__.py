"""One module for the routes of each page."""
