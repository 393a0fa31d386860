"""Dataflows, margins, comparability, checks across datasets and reporters, and the brief as a value."""
