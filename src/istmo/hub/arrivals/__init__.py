"""Submissions that nodes send: taken in, and answered in the same transaction."""
