"""What of a month lies outside the usual, in words that say what services may need."""
