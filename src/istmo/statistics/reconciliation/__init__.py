"""Two reporters side by side: their months, their nationalities at a common node, and the reasons to differ."""
