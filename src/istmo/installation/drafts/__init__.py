"""Drafts of source profiles: a file that no profile describes, what was found in it, what people decide about it."""
