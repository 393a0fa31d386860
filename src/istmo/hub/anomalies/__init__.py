"""What of a month lies outside the usual, and what the analyst decided about it."""
