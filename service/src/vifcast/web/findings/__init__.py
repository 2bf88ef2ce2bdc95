"""Whether all is well, in sentences: what ``vifcast doctor`` finds, as far as a page knows it."""
