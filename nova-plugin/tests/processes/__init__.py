"""Nova's services as an operator starts them, and what they need around them."""
