"""How Sphinx makes a site of these pages: ``make docs``."""

project = "vifcast"
author = "the vifcast developers"
html_title = "vifcast"

# The source folder is that of the repository: the pages link to what stands beside docs/.
root_doc = "docs/index"
include_patterns = ["*.md", "contract/*.md", "docs/*.md"]

extensions = ["myst_parser", "oslo_config.sphinxext", "reno.sphinxext"]
# GitHub's anchors, to which the pages link.
myst_heading_anchors = 4
# Not dashes: the help of an option names --options.
smartquotes_action = "qe"

# Of the reader's own service and broker.
linkcheck_ignore = [r"http://(127\.0\.0\.1|BROKER)[:/]"]

html_theme = "furo"
html_theme_options = {"navigation_with_keys": True}
html_copy_source = False
