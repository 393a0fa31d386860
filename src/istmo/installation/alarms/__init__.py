"""What went wrong that a person has to look at? Open until somebody closes it."""
