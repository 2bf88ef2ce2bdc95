"""``vifcast doctor``: which link of the chain from Nova to the store is broken."""
