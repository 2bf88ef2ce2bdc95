"""Who asks, and what of the answer is theirs."""
