"""Drafts a source profile for a file that nobody has described yet: what the file shows, and what a person must decide.

One module a question; `drafting.suggest` asks them all.
"""
