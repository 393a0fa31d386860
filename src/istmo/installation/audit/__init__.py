"""Who did what, and when? An insert-only table of typed events."""
