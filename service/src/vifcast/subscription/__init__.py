"""What is handed on, to whom: subscriptions, what they want, and their deliveries. Plain values."""
