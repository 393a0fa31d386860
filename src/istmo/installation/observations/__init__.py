"""The observation store: every load is a vintage, nothing is overwritten, any day's view can be read again."""
